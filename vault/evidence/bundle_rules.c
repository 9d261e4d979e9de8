/* The rules of bundles, declared in bundle.h. */
#include "vault/evidence/bundle.h"

static const struct {
    const char *code;
    const char *text;
} rules[BUNDLE_RULES] = {
    [BUNDLE_ACCEPTED] = {"accepted", "accepted"},
    [BUNDLE_CONTAINER] = {"2 container", "it is not the container of a bundle"},
    [BUNDLE_MISSING] = {"2 missing", "a file is missing"},
    [BUNDLE_CHECKPOINT] = {"3 checkpoint", "the checkpoint is not to be believed"},
    [BUNDLE_QUORUM] = {"3 quorum", "fewer witnesses cosigned it than the policy asks for"},
    [BUNDLE_AGE] = {"3 age", "too few witnesses saw this state as recently as was asked for"},
    [BUNDLE_VKEYS] = {"3 vkeys", "it is not a list of keys"},
    [BUNDLE_VKEYS_MISSING] = {"3 vkeys-missing", "a key that signed something is not listed"},
    [BUNDLE_MANIFEST] = {"6 manifest", "it is not a manifest"},
    [BUNDLE_MANIFEST_SIGNATURE] = {"6 manifest-signature", "the manifest is not signed by the log's key"},
    [BUNDLE_MANIFEST_CHECKPOINT] = {"6 manifest-checkpoint", "the manifest speaks of another log or state"},
    [BUNDLE_MANIFEST_FUTURE] = {"6 manifest-future",
        "the manifest was made in the future (is this machine's clock right?)"},
    [BUNDLE_MANIFEST_FILES] = {"6 manifest-files", "the manifest lists other files than there are"},
    [BUNDLE_MANIFEST_HASH] = {"6 manifest-hash", "the file is not the one that the manifest lists"},
    [BUNDLE_ENTRY] = {"4 entry", "it is not an entry"},
    [BUNDLE_ENTRY_ORDER] = {"4 entry-order", "the entry is out of order"},
    [BUNDLE_ENTRY_COUNT] = {"6 entry-count", "entries are missing or too many"},
    [BUNDLE_ENTRY_REDACTED] = {"4 entry-redacted", "only a range may leave out what an entry says"},
    [BUNDLE_ENTRY_PROOF] = {"4 entry-proof", "the entry is not in the log at this place"},
    [BUNDLE_LEAF] = {"5 leaf", "the entry is not the event of a log"},
    [BUNDLE_LEAF_SEQ] = {"5 leaf-seq", "the event says that it stands at another place"},
    [BUNDLE_LEAF_ID] = {"5 leaf-id", "the event's id is that of an earlier one"},
    [BUNDLE_CONSISTENCY] = {"7 consistency", "it is not a proof of consistency"},
    [BUNDLE_CONSISTENCY_PROOF] = {"7 consistency-proof", "the log does not extend the earlier checkpoint"},
    [BUNDLE_OLD_CHECKPOINT] = {"7 old-checkpoint", "the earlier checkpoint is not to be believed"},
    [BUNDLE_KEPT] = {"7 kept", "the kept checkpoint is of another log"},
    [BUNDLE_KEPT_SHORTER] = {"7 kept-shorter", "the log is shorter than the kept checkpoint says"},
    [BUNDLE_KEPT_HISTORY] = {"7 kept-history", "the log tells another history than the kept checkpoint"},
    [BUNDLE_KEPT_UNPROVED] = {"7 kept-unproved",
        "the bundle does not show that it extends the kept checkpoint; ask for one made with --since"},
    [BUNDLE_PROOF_FILE] = {"2 proof-file", "the proof does not show this entry"},
    [BUNDLE_RELEASE_CHECKPOINT] = {"8 release-checkpoint",
        "the checkpoint of the releases is not to be believed"},
    [BUNDLE_RELEASE_LEAF] = {"8 release-leaf", "the entry is not a release of a key"},
    [BUNDLE_RELEASE_ACCESS] = {"8 release-access",
        "a key was released without this entry in the vault's log"},
    [BUNDLE_RELEASE_PARTNER] = {"8 release-partner", "the event names a release that does not name it"},
    [BUNDLE_CASE] = {"2 case", "no event of an incident's bundle tells this hash of the case"},
    [BUNDLE_CASE_FILE] = {"2 case-file", "a file that is not what its name says, or that the case does not tell of"},
};

static const char *const warnings[BUNDLE_WARNINGS] = {
    [BUNDLE_LATER_THAN_WITNESSED] =
        "the event's time is later than the first cosignature by more than 5 minutes",
    [BUNDLE_TIME_RAN_BACK] = "the event's time runs back by more than 5 minutes",
    [BUNDLE_EXERCISE] = "the event is of an exercise: it tells nothing that happened",
};

const char *bundle_rule_code(enum bundle_rule rule)
{
    return rules[rule < BUNDLE_RULES ? rule : BUNDLE_CONTAINER].code;
}

const char *bundle_rule_text(enum bundle_rule rule)
{
    return rules[rule < BUNDLE_RULES ? rule : BUNDLE_CONTAINER].text;
}

const char *bundle_warning_text(enum bundle_warning warning)
{
    return warnings[warning < BUNDLE_WARNINGS ? warning : BUNDLE_TIME_RAN_BACK];
}
