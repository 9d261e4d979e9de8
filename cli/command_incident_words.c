/* Codes of cases as people read them. */
#include <string.h>

#include "cli/command_incident_private.h"
#include "cli/words.h"

struct said {
    const char *code;
    const char *text;
};

static const struct said said[] = {
    {"owed", N_("due")},
    {"uncertain", N_("due if it applies")},
    {"waiting", N_("waits")},
    {"done", N_("done")},
    {"exempt", N_("freed from")},
    {"not_owed", N_("not due")},
    {"law", N_("law")},
    {"contract", N_("contract")},
    {"advice", N_("advice")},
    {"house", N_("house rule")},
    {"proposed", N_("not in force")},
    {"primary", N_("article read")},
    {"secondary", N_("from reports")},
    {"recalled", N_("from memory")},
    {"freeze", N_("freeze what is affected (incident freeze)")},
    {"assess", N_("assess who and what is affected (incident assess)")},
    {"circumstances",
        N_("say what nobody has said yet, on which duties depend (incident note --circumstance, below)")},
    {"notify", N_("notify those whom the duties name (incident notify, then incident fulfil)")},
    {"report", N_("report to the authorities (incident document draft, then incident fulfil)")},
    {"responsibility",
        N_("find out who is responsible (finding draft; incident note --kind responsibility)")},
    {"remedy", N_("offer remedies (incident note --kind remedy)")},
    {"learn", N_("write down the lessons (incident note --kind lesson)")},
    {"moments", N_("say when it happened, for which duties wait (incident note --moment, below)")},
    {"duties", N_("do what is still due, and say so (incident fulfil, below)")},
    {"close", N_("close the case (incident close)")},
    {"closed", N_("nothing, it is closed")},
    {"occurred", N_("it occurred")},
    {"knew", N_("the firm knew")},
    {"discovered", N_("it was discovered")},
    {"confirmed", N_("it is confirmed")},
    {"assessed", N_("it is assessed")},
    {"ended", N_("handling it has ended")},
    {"decided", N_("it is decided")},
    {"open", N_("open")},
    {"note", N_("note")},
    {"hold", N_("hold")},
    {"fulfil", N_("duty done")},
    {"enter", N_("entry")},
    {"controller", N_("its own data: it decides what for")},
    {"trustee", N_("a client's data, by his order")},
    {"yes", N_("yes")},
    {"no", N_("no")},
    {"unknown", N_("unknown")},
    {"criminal", N_("criminal")},
    {"administrative", N_("administrative")},
    {"reporting", N_("reporting")},
    {"all", N_("all clients")},
    {"client", N_("client")},
    {"portfolio", N_("portfolio")},
    {"person", N_("person")},
};

const char *incident_word(const char *code)
{
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (strcmp(said[i].code, code) == 0)
            return _(said[i].text);
    }
    return code;
}

/* --- Circumstances --- */

static const struct said questions[] = {
    {"personal", N_("does it touch personal information?")},
    {"controller", N_("does it touch people's data of which the firm itself decides what they are for?")},
    {"trustee", N_("does it touch people's data that the firm works on by a client's order?")},
    {"grade", N_("is it of the larger grade or above?")},
    {"critical", N_("is the system critical information infrastructure?")},
    {"case", N_("is it a case in a computer system?  Counsel says what is one")},
    {"crime", N_("does something point to a crime?")},
    {"online", N_("was the international network used unlawfully?")},
    {"credentials", N_("did passwords, certificates or keys leak?")},
    {"dismissal", N_("is somebody to be dismissed?")},
    {"risk", N_("is it likely to be a risk for people's rights?")},
    {"high-risk", N_("is the risk for people a high one?")},
    {"consumers", N_("are 500 consumers or more concerned?")},
    {"efile", N_("is the firm an authorized e-file provider?")},
    {"notifiable", N_("is it to be notified: 500 people or more, or significant harm?")},
    {"significant-harm", N_("is significant harm to people likely?")},
    {"harm-avoided", N_("has harm been avoided effectively?")},
    {"encrypted", N_("was what leaked sealed, and the key not taken?")},
};

const char *incident_question(const char *circumstance)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (strcmp(questions[i].code, circumstance) == 0)
            return _(questions[i].text);
    }
    return NULL;
}
