#include "vault/store/schema_private.h"

const char *const schema_sql[SCHEMA_PARTS] = {
    "CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE fact (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE change (intent INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;",

    "CREATE TABLE user (id TEXT NOT NULL PRIMARY KEY, sign_public BLOB NOT NULL, box_public BLOB NOT NULL,"
    " disabled INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE role (name TEXT NOT NULL PRIMARY KEY, base TEXT NOT NULL, keepers TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, public BLOB NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE role_secret (role TEXT NOT NULL REFERENCES role, epoch INTEGER NOT NULL, holder TEXT NOT NULL,"
    " boxed BLOB NOT NULL, PRIMARY KEY (role, epoch, holder)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX role_secret_holder ON role_secret (holder);"
    "CREATE TABLE grants (role TEXT NOT NULL REFERENCES role, member TEXT NOT NULL REFERENCES user,"
    " until INTEGER NOT NULL, granted_by TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (role, member))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX grants_member ON grants (member);",

    "CREATE TABLE portfolio (name TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE portfolio_key (portfolio TEXT NOT NULL REFERENCES portfolio, compartment INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, public BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (portfolio, compartment, epoch))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE reach (role TEXT NOT NULL REFERENCES role, portfolio TEXT NOT NULL REFERENCES portfolio,"
    " compartments INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (role, portfolio)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE portfolio_secret (portfolio TEXT NOT NULL REFERENCES portfolio, compartment INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, role TEXT NOT NULL REFERENCES role, role_epoch INTEGER NOT NULL, boxed BLOB NOT NULL,"
    " PRIMARY KEY (portfolio, compartment, epoch, role)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX portfolio_secret_role ON portfolio_secret (role);"
    "CREATE TABLE index_key (portfolio TEXT NOT NULL REFERENCES portfolio, compartment INTEGER NOT NULL,"
    " portfolio_epoch INTEGER NOT NULL, boxed BLOB NOT NULL, PRIMARY KEY (portfolio, compartment))"
    " STRICT, WITHOUT ROWID;",

    "CREATE TABLE client (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " portfolio TEXT NOT NULL REFERENCES portfolio, number BLOB UNIQUE, tax BLOB, version INTEGER NOT NULL,"
    " card BLOB NOT NULL, seq INTEGER NOT NULL) STRICT;"
    "CREATE INDEX client_tax ON client (tax);"
    "CREATE INDEX client_portfolio ON client (portfolio);"
    "CREATE TABLE client_key (client INTEGER NOT NULL REFERENCES client, compartment INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, portfolio_epoch INTEGER NOT NULL, boxed BLOB NOT NULL,"
    " PRIMARY KEY (client, compartment, epoch)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE assignment (client INTEGER NOT NULL REFERENCES client, member TEXT NOT NULL REFERENCES user,"
    " assigned_by TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (client, member)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX assignment_member ON assignment (member);",

    "CREATE TABLE policy (row INTEGER PRIMARY KEY, hash BLOB NOT NULL, text BLOB NOT NULL, seq INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE freeze (kind TEXT NOT NULL, target TEXT NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY (kind, target)) STRICT, WITHOUT ROWID;",

    "CREATE TABLE source (row INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, format TEXT NOT NULL, name BLOB NOT NULL,"
    " seq INTEGER NOT NULL) STRICT;"
    /* Events speak of rows by number, so that of an erased one is not given to another. */
    "CREATE TABLE record (row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, client INTEGER NOT NULL REFERENCES client,"
    " kind INTEGER NOT NULL, period TEXT NOT NULL, version INTEGER NOT NULL, natural BLOB NOT NULL,"
    " digest BLOB NOT NULL, wrapped BLOB NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL, author TEXT NOT NULL,"
    " at INTEGER NOT NULL, source INTEGER, seq INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX record_id ON record (id);"
    "CREATE UNIQUE INDEX record_natural ON record (client, kind, natural);"
    "CREATE INDEX record_list ON record (client, kind, period);"
    "CREATE INDEX record_witnessed ON record (client, kind, period) WHERE substr(wrapped, 1, 1) = x'02';"
    "CREATE TABLE record_version (row INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL REFERENCES record,"
    " version INTEGER NOT NULL, period TEXT NOT NULL, wrapped BLOB NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL,"
    " author TEXT NOT NULL, at INTEGER NOT NULL, source INTEGER, seq INTEGER NOT NULL, UNIQUE (record, version)) STRICT;"
    "CREATE TABLE written (record BLOB NOT NULL PRIMARY KEY, version INTEGER NOT NULL, seq INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;",

    "CREATE TABLE segment (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, level INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, terms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE posting (segment INTEGER NOT NULL, token BLOB NOT NULL, low INTEGER NOT NULL,"
    " entries BLOB NOT NULL, PRIMARY KEY (segment, token, low)) STRICT, WITHOUT ROWID;",

    "CREATE TABLE firm_setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, set_by TEXT NOT NULL,"
    " seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE proposal (seq INTEGER PRIMARY KEY, subject TEXT NOT NULL, hash BLOB NOT NULL, text BLOB NOT NULL,"
    " proposer TEXT NOT NULL) STRICT;",

    "CREATE TABLE witness (name TEXT NOT NULL PRIMARY KEY, vkey TEXT NOT NULL UNIQUE, url TEXT NOT NULL,"
    " pin BLOB NOT NULL, ca BLOB NOT NULL, added_by TEXT NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;",

    "CREATE TABLE approval (role TEXT NOT NULL REFERENCES role, member TEXT NOT NULL REFERENCES user,"
    " approver TEXT NOT NULL REFERENCES user, seq INTEGER NOT NULL, PRIMARY KEY (role, member, approver))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX approval_approver ON approval (approver);"
    "CREATE TABLE role_share (role TEXT NOT NULL REFERENCES role, holder TEXT NOT NULL REFERENCES user,"
    " epoch INTEGER NOT NULL, split INTEGER NOT NULL, number INTEGER NOT NULL, boxed BLOB NOT NULL,"
    " PRIMARY KEY (role, holder)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX role_share_holder ON role_share (holder);"
    "CREATE TABLE given_share (role TEXT NOT NULL REFERENCES role, member TEXT NOT NULL REFERENCES user,"
    " giver TEXT NOT NULL REFERENCES user, epoch INTEGER NOT NULL, split INTEGER NOT NULL, number INTEGER NOT NULL,"
    " boxed BLOB NOT NULL, PRIMARY KEY (role, member, giver)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX given_share_member ON given_share (member);",

    "CREATE TABLE copy_seed (commitment BLOB NOT NULL, role TEXT NOT NULL REFERENCES role, epoch INTEGER NOT NULL,"
    " boxed BLOB NOT NULL, PRIMARY KEY (commitment, role)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX copy_seed_role ON copy_seed (role, epoch);"
    "CREATE TABLE copy_decoy (token BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;",

    "CREATE TABLE disclosure (key INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;",

    "CREATE TABLE trace_key (portfolio TEXT NOT NULL REFERENCES portfolio, compartment INTEGER NOT NULL,"
    " role TEXT NOT NULL REFERENCES role, role_epoch INTEGER NOT NULL, boxed BLOB NOT NULL,"
    " PRIMARY KEY (portfolio, compartment, role)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE fingerprint (record INTEGER NOT NULL REFERENCES record, version INTEGER NOT NULL,"
    " print BLOB NOT NULL, PRIMARY KEY (record, version)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE trace_case (id TEXT NOT NULL PRIMARY KEY, key INTEGER NOT NULL, sealed BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;",

    /* What somebody asks others to agree to, and who has; what was done without asking; what is looked through anew. */
    "CREATE TABLE approval_request (seq INTEGER PRIMARY KEY, requester TEXT NOT NULL REFERENCES user,"
    " scope TEXT NOT NULL, hash BLOB NOT NULL, text BLOB NOT NULL, needed INTEGER NOT NULL, duration INTEGER NOT NULL,"
    " uses INTEGER NOT NULL, filed INTEGER NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL, used INTEGER NOT NULL,"
    " closed_by TEXT NOT NULL) STRICT;"
    "CREATE INDEX approval_request_requester ON approval_request (requester);"
    "CREATE TABLE approval_given (request INTEGER NOT NULL REFERENCES approval_request, approver TEXT NOT NULL REFERENCES user,"
    " seq INTEGER NOT NULL, lapsed INTEGER NOT NULL, PRIMARY KEY (request, seq)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX approval_given_approver ON approval_given (approver);"
    "CREATE TABLE breakglass (seq INTEGER PRIMARY KEY, member TEXT NOT NULL REFERENCES user, client TEXT NOT NULL,"
    " hash BLOB NOT NULL, text BLOB NOT NULL, until INTEGER NOT NULL, due INTEGER NOT NULL, reviewed_by TEXT NOT NULL,"
    " verdict TEXT NOT NULL, review INTEGER NOT NULL, note_hash BLOB NOT NULL, note BLOB NOT NULL) STRICT;"
    "CREATE INDEX breakglass_member ON breakglass (member);"
    "CREATE TABLE notice (about INTEGER NOT NULL, member TEXT NOT NULL REFERENCES user, told INTEGER NOT NULL,"
    " PRIMARY KEY (about, member)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX notice_member ON notice (member);"
    "CREATE TABLE review (seq INTEGER PRIMARY KEY, started_by TEXT NOT NULL, due INTEGER NOT NULL, missed TEXT NOT NULL,"
    " finished INTEGER NOT NULL) STRICT;"
    "CREATE TABLE review_item (review INTEGER NOT NULL REFERENCES review, role TEXT NOT NULL, member TEXT NOT NULL,"
    " granted INTEGER NOT NULL, verdict TEXT NOT NULL, by TEXT NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY (review, role, member)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX review_item_member ON review_item (member);",

    "CREATE TABLE investigation_key (number INTEGER NOT NULL, role TEXT NOT NULL REFERENCES role,"
    " role_epoch INTEGER NOT NULL, boxed BLOB NOT NULL, PRIMARY KEY (number, role, role_epoch)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE finding_part (finding TEXT NOT NULL, part TEXT NOT NULL, key INTEGER NOT NULL, sealed BLOB NOT NULL,"
    " PRIMARY KEY (finding, part)) STRICT, WITHOUT ROWID;",

    "CREATE TABLE decoy (row INTEGER PRIMARY KEY, portfolio TEXT NOT NULL REFERENCES portfolio, token BLOB NOT NULL,"
    " sealed BLOB NOT NULL, boxed BLOB NOT NULL, epoch INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX decoy_token ON decoy (token);"
    "CREATE INDEX decoy_portfolio ON decoy (portfolio);"
    "CREATE TABLE decoy_order (row INTEGER PRIMARY KEY, portfolio TEXT NOT NULL REFERENCES portfolio,"
    " sealed BLOB NOT NULL, epoch INTEGER NOT NULL, boxed BLOB NOT NULL, role_epoch INTEGER NOT NULL,"
    " seq INTEGER NOT NULL) STRICT;",

    "CREATE TABLE session_end (kind TEXT NOT NULL, target TEXT NOT NULL, member TEXT NOT NULL, at INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, PRIMARY KEY (kind, target)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE totp (member TEXT NOT NULL PRIMARY KEY REFERENCES user, state TEXT NOT NULL, since INTEGER NOT NULL,"
    " hash BLOB NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE totp_secret (member TEXT NOT NULL PRIMARY KEY REFERENCES user, sealed BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;",

    /* Keys of requests that may come twice, and what was answered; sealed for the person. */
    "CREATE TABLE repeat (member TEXT NOT NULL REFERENCES user, key BLOB NOT NULL, sealed BLOB NOT NULL,"
    " intent INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (member, key)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX repeat_at ON repeat (at);",

    /* What the firm keeps to prevent: rules, trainings, agreements and so on; their texts, sealed; who signed which rule. */
    "CREATE TABLE register_entry (kind TEXT NOT NULL, name TEXT NOT NULL, member TEXT NOT NULL, client TEXT NOT NULL,"
    " version INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, hash BLOB NOT NULL, ended INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, PRIMARY KEY (kind, name, member, client)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX register_entry_member ON register_entry (member);"
    "CREATE TABLE register_text (hash BLOB NOT NULL PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE register_signature (name TEXT NOT NULL, member TEXT NOT NULL, hash BLOB NOT NULL, version INTEGER NOT NULL,"
    " at INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (name, member, hash)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE destruction (seq INTEGER PRIMARY KEY, proposer TEXT NOT NULL REFERENCES user, hash BLOB NOT NULL,"
    " count INTEGER NOT NULL, state TEXT NOT NULL, ended_by TEXT NOT NULL, ended INTEGER NOT NULL) STRICT;",
};
