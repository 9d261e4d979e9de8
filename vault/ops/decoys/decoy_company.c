#include "vault/ops/decoys/decoy_company_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"

#define TRIES 1000
#define PARTS_MAX 64 /* code points of a name that is taken apart */

/* What one name gave: lengths in bytes, one part behind the other in the text. */
struct parts {
    char text[COMPANY_TEXT_MAX];
    size_t place, word, trade, form;
};

struct company_samples {
    struct parts *parts;
    size_t count;
    size_t capacity;
    json_t *names; /* texts to be avoided: objects used as sets */
    json_t *words;
    json_t *numbers;
    json_t *tax_ids;  /* array of texts */
    json_t *states;   /* status -> how often */
    json_t *patterns; /* "prefix\twidth" -> how often */
    size_t clients;
};

size_t company_chance(size_t below)
{
    uint32_t random;
    random_fill(&random, sizeof random);
    return random % below;
}
#define chance company_chance

static size_t one_of(const char *const *texts, size_t count, const char **text)
{
    size_t i = chance(count);
    *text = texts[i];
    return i;
}
#define ONE_OF(list, text) one_of((list), sizeof(list) / sizeof((list)[0]), (text))

/* --- Taking names apart --- */

static bool ends_with(struct bytes text, const char *end)
{
    size_t size = strlen(end);
    return text.size > size && memcmp(text.data + text.size - size, end, size) == 0;
}

static size_t form_of(struct bytes name)
{
    static const char *const forms[] = {"有限责任公司", "股份有限公司", "有限公司", "商行", "经营部",
        "工作室", "事务所", "服务部", "中心", "酒店", "饭店", "超市", "店", "厂", "部"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (ends_with(name, forms[i]))
            return strlen(forms[i]);
    }
    return 0;
}

/* Bytes of the first @p count code points. */
static size_t head(struct bytes text, size_t count)
{
    struct bytes rest = text;
    for (size_t i = 0; i < count && rest.size > 0; i++)
        (void)utf8_next(&rest);
    return text.size - rest.size;
}

static bool is_place(struct bytes two)
{
    static const char places[] =
        "北京上海天津重庆广州深圳杭州苏州南京武汉成都西安长沙青岛宁波无锡厦门福州济南合肥郑州沈阳大连昆明南昌"
        "南宁贵阳"
        "太原长春兰州海口东莞佛山温州常州嘉兴绍兴台州金华珠海中山惠州泉州烟台潍坊徐州南通扬州洛阳";
    for (size_t i = 0; i + 6 <= sizeof places - 1; i += 6) {
        if (two.size == 6 && memcmp(places + i, two.data, 6) == 0)
            return true;
    }
    return false;
}

/* 苏州|青禾|食品|有限公司.  A word has two characters unless there are too few. */
static void take_apart_chinese(struct bytes name, struct parts *parts)
{
    parts->form = form_of(name);
    struct bytes body = bytes_of(name.data, name.size - parts->form);
    struct bytes two = bytes_of(body.data, head(body, 2));
    if (is_place(two) && utf8_length(body) >= 5) {
        struct bytes third = bytes_of(body.data + two.size, body.size - two.size);
        struct bytes rest = third;
        uint32_t letter = utf8_next(&rest);
        parts->place = two.size + (letter == 0x5e02 || letter == 0x7701 ? third.size - rest.size : 0);
        body = bytes_of(body.data + parts->place, body.size - parts->place);
    }
    parts->word = head(body, utf8_length(body) >= 3 ? 2 : 1);
    parts->trade = body.size - parts->word;
}

/* Oak| Trading Ltd */
static void take_apart_latin(struct bytes name, struct parts *parts)
{
    const uint8_t *blank = memchr(name.data, ' ', name.size);
    parts->word = blank == NULL ? name.size : (size_t)(blank - name.data);
    parts->trade = name.size - parts->word;
}

static bool is_chinese(struct bytes name)
{
    struct bytes rest = name;
    return name.size > 0 && is_han(utf8_next(&rest));
}

static int learn_name(struct company_samples *samples, struct bytes name)
{
    struct parts parts = {.form = 0};
    char word[COMPANY_TEXT_MAX];
    if (name.size >= sizeof parts.text || utf8_length(name) > PARTS_MAX ||
        samples->count == COMPANY_SAMPLES_MAX)
        return VAULT_OK;
    memcpy(parts.text, name.data, name.size);
    parts.text[name.size] = '\0';
    if (is_chinese(name))
        take_apart_chinese(name, &parts);
    else
        take_apart_latin(name, &parts);
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity == 0 ? 64 : samples->capacity * 2;
        struct parts *grown = calloc(capacity, sizeof *grown);
        if (grown == NULL)
            return VAULT_ENOMEM;
        if (samples->count > 0)
            memcpy(grown, samples->parts, samples->count * sizeof *grown);
        wipe(samples->parts, samples->count * sizeof *grown);
        free(samples->parts);
        samples->parts = grown;
        samples->capacity = capacity;
    }
    samples->parts[samples->count++] = parts;
    (void)snprintf(word, sizeof word, "%.*s", (int)parts.word, parts.text + parts.place);
    int result = json_object_set_new(samples->words, word, json_true()) == 0 ? VAULT_OK : VAULT_ENOMEM;
    wipe(word, sizeof word);
    wipe(&parts, sizeof parts);
    return result;
}

/* --- Samples --- */

struct company_samples *company_samples_new(void)
{
    struct company_samples *samples = calloc(1, sizeof *samples);
    if (samples == NULL)
        return NULL;
    samples->names = json_object();
    samples->words = json_object();
    samples->numbers = json_object();
    samples->tax_ids = json_array();
    samples->states = json_object();
    samples->patterns = json_object();
    if (samples->names == NULL || samples->words == NULL || samples->numbers == NULL ||
        samples->tax_ids == NULL || samples->states == NULL || samples->patterns == NULL) {
        company_samples_free(samples);
        return NULL;
    }
    return samples;
}

void company_samples_free(struct company_samples *samples)
{
    if (samples == NULL)
        return;
    wipe(samples->parts, samples->count * sizeof *samples->parts);
    free(samples->parts);
    json_decref(samples->names);
    json_decref(samples->words);
    json_decref(samples->numbers);
    json_decref(samples->tax_ids);
    json_decref(samples->states);
    json_decref(samples->patterns);
    free(samples);
}

static int count_up(json_t *counts, const char *what)
{
    json_int_t before = json_integer_value(json_object_get(counts, what));
    return json_object_set_new(counts, what, json_integer(before + 1)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* "K0001" -> "K", 4 digits. */
static int learn_number(struct company_samples *samples, const char *number)
{
    char pattern[80];
    size_t size = strlen(number);
    size_t digits = 0;
    while (digits < size && number[size - 1 - digits] >= '0' && number[size - 1 - digits] <= '9')
        digits++;
    if (json_object_set_new(samples->numbers, number, json_true()) != 0)
        return VAULT_ENOMEM;
    if (digits == 0 || digits > 9 || size > 40)
        return VAULT_OK;
    (void)snprintf(pattern, sizeof pattern, "%.*s\t%zu", (int)(size - digits), number, digits);
    return count_up(samples->patterns, pattern);
}

int company_sample(struct company_samples *samples, const char *client_no, const char *name,
    const char *tax_id, const char *status)
{
    int result = VAULT_OK;
    samples->clients++;
    if (client_no != NULL && client_no[0] != '\0')
        result = learn_number(samples, client_no);
    if (result == VAULT_OK && name != NULL && name[0] != '\0') {
        struct bytes trimmed = text_trim(bytes_of_text(name));
        result = json_object_set_new(samples->names, name, json_true()) == 0 ? learn_name(samples, trimmed)
                                                                             : VAULT_ENOMEM;
    }
    if (result == VAULT_OK && tax_id != NULL && tax_id[0] != '\0' &&
        json_array_append_new(samples->tax_ids, json_string(tax_id)) != 0)
        result = VAULT_ENOMEM;
    return result == VAULT_OK && status != NULL && status[0] != '\0' ? count_up(samples->states, status)
                                                                     : result;
}

int company_avoid(struct company_samples *samples, const char *client_no, const char *name)
{
    int result = client_no != NULL && client_no[0] != '\0' ? learn_number(samples, client_no) : VAULT_OK;
    if (result == VAULT_OK && name != NULL && json_object_set_new(samples->names, name, json_true()) != 0)
        result = VAULT_ENOMEM;
    return result;
}

static const char *most_frequent(json_t *counts)
{
    const char *most = NULL;
    json_int_t times = 0;
    for (void *at = json_object_iter(counts); at != NULL; at = json_object_iter_next(counts, at)) {
        json_int_t count = json_integer_value(json_object_iter_value(at));
        if (count > times) {
            times = count;
            most = json_object_iter_key(at);
        }
    }
    return most;
}

/* --- Making: the word --- */

static const char *const letters[] = {"安", "博", "晨", "德", "恒", "宏", "华", "佳", "嘉", "锦", "景", "康",
    "澜", "林", "明", "宁", "启", "润", "盛", "舒", "泰", "拓", "维", "祥", "信", "旭", "雅", "逸", "盈",
    "远", "兆", "卓"};

static void letter_of(const struct company_samples *samples, size_t which, char letter[8])
{
    const char *own;
    (void)ONE_OF(letters, &own);
    (void)snprintf(letter, 8, "%s", own);
    /* Half of the letters are the firm's own. */
    if (samples->count == 0 || chance(2) == 0)
        return;
    const struct parts *parts = &samples->parts[chance(samples->count)];
    struct bytes word = bytes_of(parts->text + parts->place, parts->word);
    size_t first = head(word, 1);
    if (!is_chinese(word) || utf8_length(word) != 2)
        return;
    (void)snprintf(letter, 8, "%.*s", (int)(which == 0 ? first : word.size - first),
        (const char *)word.data + (which == 0 ? 0 : first));
}

static void make_chinese(const struct company_samples *samples, char name[COMPANY_TEXT_MAX], char word[32])
{
    static const char *const trades[] = {
        "商贸", "科技", "咨询", "餐饮管理", "物流", "建筑工程", "文化传媒", "食品"};
    char first[8];
    char second[8];
    const char *trade;
    letter_of(samples, 0, first);
    letter_of(samples, 1, second);
    (void)snprintf(word, 32, "%s%s", first, second);
    if (samples->count == 0) {
        (void)ONE_OF(trades, &trade);
        (void)snprintf(name, COMPANY_TEXT_MAX, "%s%s有限公司", word, trade);
        return;
    }
    const struct parts *place = &samples->parts[chance(samples->count)];
    const struct parts *rest = &samples->parts[chance(samples->count)];
    const struct parts *form = &samples->parts[chance(samples->count)];
    (void)snprintf(name, COMPANY_TEXT_MAX, "%.*s%s%.*s%.*s", (int)place->place, place->text, word,
        (int)rest->trade, rest->text + rest->place + rest->word, (int)form->form,
        form->text + form->place + form->word + form->trade);
}

/* Half of one word and half of another. */
static void make_latin(const struct company_samples *samples, char name[COMPANY_TEXT_MAX], char word[32])
{
    const struct parts *a = &samples->parts[chance(samples->count)];
    const struct parts *b = &samples->parts[chance(samples->count)];
    const struct parts *rest = &samples->parts[chance(samples->count)];
    struct bytes front = bytes_of(
        a->text, head(bytes_of(a->text, a->word), (utf8_length(bytes_of(a->text, a->word)) + 1) / 2));
    size_t half = head(bytes_of(b->text, b->word), utf8_length(bytes_of(b->text, b->word)) / 2);
    (void)snprintf(word, 32, "%.*s%.*s", (int)(front.size < 15 ? front.size : 0), (const char *)front.data,
        (int)(b->word - half < 15 ? b->word - half : 0), b->text + half);
    (void)snprintf(name, COMPANY_TEXT_MAX, "%s%.*s", word, (int)rest->trade, rest->text + rest->word);
}

static int make_name(const struct company_samples *samples, char name[COMPANY_TEXT_MAX])
{
    for (int i = 0; i < TRIES; i++) {
        char word[32] = "";
        bool chinese =
            samples->count == 0 || is_chinese(bytes_of_text(samples->parts[chance(samples->count)].text));
        if (chinese)
            make_chinese(samples, name, word);
        else
            make_latin(samples, name, word);
        if (word[0] != '\0' && utf8_valid(bytes_of_text(name)) &&
            json_object_get(samples->words, word) == NULL && json_object_get(samples->names, name) == NULL)
            return VAULT_OK;
    }
    return VAULT_ELIMIT;
}

/* --- Making: numbers --- */

/* Digits for digits and letters for letters, so that old and new styles (9 digits; MA and six) stay as
 * frequent. */
static void vary(char *text, size_t from, size_t to)
{
    static const char alphabet[] = USCC_ALPHABET;
    for (size_t i = from; i < to; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            text[i] = (char)('0' + chance(10));
        else if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = alphabet[10 + chance(sizeof alphabet - 1 - 10)];
    }
}

static void make_tax_id(const struct company_samples *samples, char tax_id[32])
{
    size_t count = json_array_size(samples->tax_ids);
    tax_id[0] = '\0';
    if (count == 0 || count * 2 < samples->clients)
        return;
    const char *sample = json_string_value(json_array_get(samples->tax_ids, chance(count)));
    if (strlen(sample) >= 32)
        return;
    (void)snprintf(tax_id, 32, "%s", sample);
    if (check_uscc(bytes_of_text(sample))) {
        /* The last registration styles begin with MA, which is theirs alone. */
        vary(tax_id, strncmp(tax_id + 8, "MA", 2) == 0 ? 10 : 8, 16);
        if (uscc_complete(tax_id))
            return;
    }
    vary(tax_id, strlen(sample) > 4 ? 2 : 0, strlen(sample));
}

static bool is_free(const struct company_samples *samples, const char *number)
{
    return json_object_get(samples->numbers, number) == NULL;
}

/* Where the firm left a gap, or some way behind its last: the very next ones will be somebody's. */
static int make_number(const struct company_samples *samples, char number[64])
{
    const char *pattern = most_frequent(samples->patterns);
    const char *tab = pattern == NULL ? NULL : strchr(pattern, '\t');
    int prefix = tab == NULL ? 1 : (int)(tab - pattern);
    int width = tab == NULL ? 4 : (int)strtol(tab + 1, NULL, 10);
    unsigned long last = 0;
    for (void *at = json_object_iter(samples->numbers); at != NULL;
         at = json_object_iter_next(samples->numbers, at)) {
        const char *there = json_object_iter_key(at);
        if (pattern != NULL && strlen(there) == (size_t)prefix + (size_t)width &&
            strncmp(there, pattern, (size_t)prefix) == 0) {
            unsigned long value = strtoul(there + prefix, NULL, 10);
            last = value > last ? value : last;
        }
    }
    for (int i = 0; i < TRIES; i++) {
        unsigned long value = i < 20 && last > 0 ? 1 + chance(last) : last + 5 + chance(60 + (size_t)i);
        (void)snprintf(number, 64, "%.*s%0*lu", prefix, pattern == NULL ? "K" : pattern, width, value);
        if (is_free(samples, number))
            return VAULT_OK;
    }
    return VAULT_ELIMIT;
}

int company_make(struct company_samples *samples, struct company *company)
{
    memset(company, 0, sizeof *company);
    const char *status = most_frequent(samples->states);
    (void)snprintf(company->status, sizeof company->status, "%s", status == NULL ? "" : status);
    int result = make_name(samples, company->name);
    if (result == VAULT_OK)
        result = make_number(samples, company->client_no);
    if (result == VAULT_OK)
        make_tax_id(samples, company->tax_id);
    /* The next one is to differ from this. */
    if (result == VAULT_OK &&
        (json_object_set_new(samples->names, company->name, json_true()) != 0 ||
            json_object_set_new(samples->numbers, company->client_no, json_true()) != 0))
        result = VAULT_ENOMEM;
    return result;
}

/* --- What else a list says --- */

static void digits(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('0' + chance(10));
    text[size] = '\0';
}

static const char *trade_of(const char *name)
{
    static const char *const known[][2] = {{"贸", "批发和零售业"}, {"商行", "批发和零售业"},
        {"咨询", "商务服务业"}, {"餐饮", "餐饮业"}, {"科技", "软件和信息技术服务业"},
        {"信息", "软件和信息技术服务业"}, {"物流", "道路运输业"}, {"建筑", "房屋建筑业"},
        {"装饰", "建筑装饰业"}, {"食品", "食品制造业"}, {"传媒", "文化艺术业"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strstr(name, known[i][0]) != NULL)
            return known[i][1];
    }
    return "商务服务业";
}

/* No personal id: a fitting one is likely to be somebody's. */
static int add_chinese(const struct company *company, json_t *fields)
{
    static const char *const prefixes[] = {
        "138", "139", "136", "150", "158", "159", "186", "188", "189", "131"};
    static const char *const banks[] = {
        "中国工商银行", "中国建设银行", "中国农业银行", "中国银行", "招商银行"};
    static const char *const streets[] = {
        "人民路", "中山路", "解放路", "建设路", "和平路", "新华路", "创新路", "园区大道"};
    char person[COMPANY_PERSON_SIZE];
    char phone[12];
    char account[20];
    char address[64];
    const char *prefix;
    const char *bank;
    const char *street;
    company_person(person);
    (void)ONE_OF(prefixes, &prefix);
    (void)ONE_OF(banks, &bank);
    (void)ONE_OF(streets, &street);
    (void)snprintf(phone, sizeof phone, "%s", prefix);
    digits(phone + 3, 8);
    digits(account, 19);
    account[0] = '6';
    account[1] = '2';
    luhn_complete(account, 19);
    (void)snprintf(address, sizeof address, "%s%zu号%zu室", street, 1 + chance(300), 101 + chance(1800));
    json_t *more = json_pack("{s:s,s:s,s:s,s:{s:s},s:s,s:s,s:s,s:s,s:s}", "taxpayer_type",
        chance(4) == 0 ? "一般纳税人" : "小规模纳税人", "accounting_standard", "小企业会计准则", "industry",
        trade_of(company->name), "legal_representative", "name", person, "contact", person, "phone", phone,
        "address", address, "bank", bank, "bank_account", account);
    int bad = more == NULL || json_object_update(fields, more) != 0;
    json_decref(more);
    if (!bad && company->status[0] != '\0')
        bad = json_object_set_new(fields, "status", json_string(company->status)) != 0;
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

json_t *company_fields(const struct company *company)
{
    json_t *fields = json_pack("{s:s,s:s}", "client_no", company->client_no, "name", company->name);
    int result = fields == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && company->tax_id[0] != '\0' &&
        json_object_set_new(fields, "tax_id", json_string(company->tax_id)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && is_chinese(bytes_of_text(company->name)))
        result = add_chinese(company, fields);
    if (result == VAULT_OK)
        return fields;
    json_decref(fields);
    return NULL;
}
