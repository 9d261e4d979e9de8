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

finish
