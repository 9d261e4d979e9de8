#!/usr/bin/env bash
# policy authorize, check-parse and validate: files in, a decision or a refusal out, no vault.
. "${0%/*}/../lib/scenario.sh"

cat >"$work/policies.cedar" <<'CEDAR'
permit (principal == User::"amy", action == Action::"view", resource);
@id("never")
forbid (principal, action, resource == Photo::"secret.jpg");
CEDAR
echo '[]' >"$work/entities.json"
request() { # PRINCIPAL RESOURCE
    printf '{"principal":"User::\\"%s\\"","action":"Action::\\"view\\"","resource":"Photo::\\"%s\\"","context":{}}' \
        "$1" "$2" >"$work/request.json"
}
authorize() {
    strongroom policy authorize --policies "$work/policies.cedar" --entities "$work/entities.json" \
        --request "$work/request.json" "$@"
}

request amy x.jpg
expect_exit 0 authorize
expect_json 'v == {"decision": "allow", "reasons": ["policy0"], "errors": []}'
request bob x.jpg
expect_exit 2 authorize
expect_json 'v["decision"] == "deny" and v["reasons"] == []'
request amy secret.jpg
expect_exit 2 authorize
expect_json 'v["reasons"] == ["never"]'

expect_exit 1 authorize --entities "$work/none.json"
expect_exit 1 strongroom policy authorize --policies "$work/policies.cedar" --request "$work/request.json"
expect_err '--entities FILE is missing'
expect_exit 1 authorize --request-validation perhaps
echo '{"principal":' >"$work/request.json"
expect_exit 1 authorize
expect_silent
expect_err 'request.json'

expect_exit 0 strongroom policy check-parse --policies "$work/policies.cedar"
echo 'permit (principal, action);' >"$work/broken.cedar"
expect_exit 1 strongroom policy check-parse --policies "$work/broken.cedar"
expect_err 'broken.cedar:1:'
expect_exit 1 strongroom policy check-parse --policies "$work/none.cedar"
expect_exit 1 strongroom policy check-parse
expect_exit 1 strongroom policy check-parse --policies "$work"
head -c 400000 /dev/zero | tr '\0' '(' >"$work/deep.cedar"
expect_exit 1 strongroom policy check-parse --policies "$work/deep.cedar"

cat >"$work/schema.cedarschema" <<'CEDAR'
entity User, Photo;
action view appliesTo { principal: User, resource: Photo };
CEDAR
expect_exit 0 strongroom policy validate --policies "$work/policies.cedar" --schema "$work/schema.cedarschema"
echo 'permit (principal == Person::"amy", action, resource);' >"$work/wrong.cedar"
expect_exit 3 strongroom policy validate --policies "$work/wrong.cedar" --schema "$work/schema.cedarschema"
expect_exit 1 strongroom policy validate --policies "$work/broken.cedar" --schema "$work/schema.cedarschema"
expect_exit 1 strongroom policy validate --policies "$work/policies.cedar" --schema "$work/none"


# One object on one line, and the ids of what failed; why it failed is said beside it.
cat >"$work/errors.cedar" <<'CEDAR'
permit (principal, action, resource);
@id("broken") forbid (principal, action, resource) when { principal.nothing };
CEDAR
request amy x.jpg
decide() { strongroom policy authorize --entities "$work/entities.json" --request "$work/request.json" "$@"; }
expect_exit 0 decide --policies "$work/errors.cedar"
expect 'one line' cmp -s "$work/out" - <<<'{"decision":"allow","reasons":["policy0"],"errors":["broken"]}'
expect_err 'errors.cedar: "broken":2:[0-9]+: the entity User::"amy" is not known'
expect_exit 0 strongroom policy authorize --entities "$work/entities.json" --request-json "$work/request.json" \
    --policies "$work/errors.cedar"
printf '@id("a") permit (principal, action, resource);\n@id("a") forbid (principal, action, resource);' >"$work/twice.cedar"
expect_exit 1 decide --policies "$work/twice.cedar"
expect_silent
expect_err 'two policies have the id "a"'
: >"$work/empty.cedar"
expect_exit 2 decide --policies "$work/empty.cedar"
expect_exit 0 strongroom policy check-parse --policies "$work/empty.cedar"

# Templates and their links.
echo '@id("view") permit (principal == ?principal, action, resource);' >"$work/template.cedar"
echo '[{"template_id": "view", "link_id": "amy-views", "args": {"?principal": "User::\"amy\""}}]' >"$work/links.json"
expect_exit 2 decide --policies "$work/template.cedar"
expect_exit 0 decide --policies "$work/template.cedar" --template-linked "$work/links.json"
expect_json 'v["reasons"] == ["amy-views"]'
: >"$work/no-links.json"
expect_exit 2 decide --policies "$work/template.cedar" --template-linked "$work/no-links.json"
expect_exit 1 decide --policies "$work/template.cedar" --template-linked "$work/none.json"
echo '[{"template_id": "view", "link_id": "x", "args": {}}]' >"$work/links.json"
expect_exit 1 decide --policies "$work/template.cedar" --template-linked "$work/links.json"
expect_err 'links.json: .*slot \?principal'

# A schema holds the request against it, unless told not to.
cat >"$work/wide.cedar" <<'CEDAR'
permit (principal, action, resource);
CEDAR
printf '{"principal":"Photo::\\"x\\"","action":"Action::\\"view\\"","resource":"Photo::\\"x\\"","context":{}}' >"$work/request.json"
expect_exit 1 decide --policies "$work/wide.cedar" --schema "$work/schema.cedarschema"
expect_exit 1 decide --policies "$work/wide.cedar" --schema "$work/schema.cedarschema" --request-validation true
expect_exit 0 decide --policies "$work/wide.cedar" --schema "$work/schema.cedarschema" --request-validation false
echo '{"": {"entityTypes": {"User": {}, "Photo": {}}, "actions": {"view": {"appliesTo":
  {"principalTypes": ["User"], "resourceTypes": ["Photo"]}}}}}' >"$work/schema.json"
expect_exit 0 strongroom policy validate --policies "$work/policies.cedar" --schema "$work/schema.json"
expect_exit 1 decide --policies "$work/wide.cedar" --schema "$work/schema.json"

# Wrong use.
expect_exit 1 decide --policies "$work/wide.cedar" --nonsense
expect_exit 1 decide --policies "$work/wide.cedar" one-word-more
expect_exit 1 decide
expect_exit 1 strongroom policy validate --policies "$work/wide.cedar"

# What is meant to hurt ends in a message.
python3 - "$work" <<'PYTHON'
import json, sys
work, deep, chain = sys.argv[1], 200_000, 20_000
def put(name, text):
    with open(f"{work}/{name}", "w") as file:
        file.write(text)
rule = "permit (principal, action, resource) when { %s };"
put("deep1.cedar", rule % ("(" * deep + "true" + ")" * deep))
put("deep2.cedar", rule % ("[" * deep + "]" * deep + ".isEmpty()"))
put("deep3.cedar", rule % ("if true then " * deep + "true" + " else true" * deep))
put("deep4.cedar", rule % ("principal" + ".a" * deep))
put("chain.cedar", 'permit (principal in Group::"0", action, resource);')
put("deep.json", "[" * deep + "]" * deep)
put("deep-value.json", '[{"uid":{"type":"U","id":"x"},"attrs":{"a":%s},"parents":[]}]' % ('{"a":' * deep + "1" + "}" * deep))
put("chain.json", json.dumps([{"uid": {"type": "Group", "id": str(i)}, "attrs": {},
    "parents": [{"type": "Group", "id": str(i - 1)}] if i else []} for i in range(chain)]))
put("ring.json", json.dumps([{"uid": {"type": "Group", "id": str(i)}, "attrs": {},
    "parents": [{"type": "Group", "id": str((i + 1) % chain)}]} for i in range(chain)]))
put("deep-schema.cedarschema", "entity User { a: %s };" % ("Set<" * deep + "Long" + ">" * deep))
put("bytes.json", "")
open(f"{work}/bytes.json", "wb").write(b'[{"uid":{"type":"U","id":"\xff"},"attrs":{},"parents":[]}]')
put("chain-request.json", json.dumps({"principal": f'Group::"{chain - 1}"', "action": 'Action::"view"', "resource": 'Photo::"x"',
    "context": {}}))
put("deep-request.json", '{"principal":"U::\\"a\\"","action":"Action::\\"view\\"","resource":"U::\\"a\\"","context":{"a":%s}}' %
    ("[" * deep + "]" * deep))
PYTHON
for n in 1 2 3 4; do
    expect_exit 1 strongroom policy check-parse --policies "$work/deep$n.cedar"
    expect_err "deep$n.cedar:1:"
done
judge() { # ENTITIES REQUEST
    strongroom policy authorize --policies "$work/chain.cedar" --entities "$work/$1" --request "$work/$2"
}
expect_exit 0 judge chain.json chain-request.json
for broken in ring.json deep.json deep-value.json bytes.json; do
    expect_exit 1 judge "$broken" chain-request.json
    expect_silent
    expect_err "$broken"
done
expect_exit 1 judge entities.json deep-request.json
expect_exit 1 strongroom policy validate --policies "$work/wide.cedar" --schema "$work/deep-schema.cedarschema"

finish
