/* One QUERY(name, sql) a row; included several times with different meanings of QUERY, so it has no guard. */

/* A transaction that reads. */
QUERY(READ_BEGIN, "BEGIN")
QUERY(READ_START, "SELECT value FROM setting WHERE 0") /* what fixes the state */
QUERY(READ_END, "COMMIT")

/* Numbers that are cached, and the vault's own facts. */
QUERY(SETTING_GET, "SELECT value FROM setting WHERE name = ?1")
QUERY(SETTING_PUT, "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")
QUERY(FACT_GET, "SELECT value FROM fact WHERE name = ?1")
QUERY(FACT_PUT, "INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")

/* Who can release record keys: authority, kept as one fact. */
QUERY(RECIPIENTS, "SELECT name, value FROM fact WHERE name = 'recipients'")

/* Changes that were begun in the log: the row of an intent exists once its data is committed. */
QUERY(CHANGE_PUT, "INSERT INTO change (intent, at) VALUES (?1, ?2)")
QUERY(CHANGE_GET, "SELECT intent FROM change WHERE intent = ?1")
QUERY(CHANGE_LAST, "SELECT COALESCE(MAX(intent), -1) FROM change")

/* Keys of requests that may come twice. */
QUERY(REPEAT_PUT, "INSERT INTO repeat (member, key, sealed, intent, at) VALUES (?1, ?2, ?3, ?4, ?5)")
QUERY(REPEAT_ANSWER, "UPDATE repeat SET sealed = ?3 WHERE member = ?1 AND key = ?2")
QUERY(REPEAT_GET, "SELECT sealed, intent FROM repeat WHERE member = ?1 AND key = ?2 AND at >= ?3")
QUERY(REPEAT_EXPIRE, "DELETE FROM repeat WHERE at < ?1")
QUERY(REPEAT_LIMIT, "DELETE FROM repeat WHERE member = ?1 AND at <= (SELECT at FROM repeat WHERE member = ?1"
    " ORDER BY at DESC LIMIT 1 OFFSET ?2)")

/* Users: id, sign_public, box_public, disabled, seq. */
QUERY(USER_PUT, "INSERT INTO user (id, sign_public, box_public, disabled, seq) VALUES (?1, ?2, ?3, ?4, ?5)")
QUERY(USER_GET, "SELECT sign_public, box_public, disabled, seq FROM user WHERE id = ?1")
QUERY(USER_LIST, "SELECT id, sign_public, box_public, disabled, seq FROM user ORDER BY id")
QUERY(USER_DISABLE, "UPDATE user SET disabled = 1 WHERE id = ?1")

/* Roles: name, base (the built-in role it acts like), keepers, epoch, public, seq. */
QUERY(ROLE_PUT, "INSERT INTO role (name, base, keepers, epoch, public, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
QUERY(ROLE_GET, "SELECT base, keepers, epoch, public, seq FROM role WHERE name = ?1")
QUERY(ROLE_LIST, "SELECT name, base, keepers, epoch, public, seq FROM role ORDER BY name")
QUERY(ROLE_EPOCH, "UPDATE role SET epoch = ?2, public = ?3 WHERE name = ?1")

/* Boxed role secrets.  holder is a user's id, or '' for the recovery key. */
QUERY(ROLE_SECRET_PUT,
    "INSERT INTO role_secret (role, epoch, holder, boxed) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (role, epoch, holder) DO UPDATE SET boxed = ?4")
QUERY(ROLE_SECRET_GET, "SELECT boxed FROM role_secret WHERE role = ?1 AND epoch = ?2 AND holder = ?3")
QUERY(ROLE_SECRETS_OF, "SELECT role, epoch, boxed FROM role_secret WHERE holder = ?1 ORDER BY role, epoch")
QUERY(ROLE_SECRET_HOLDERS, "SELECT holder FROM role_secret WHERE role = ?1 AND epoch = ?2 ORDER BY holder")
QUERY(ROLE_SECRET_DROP, "DELETE FROM role_secret WHERE role = ?1 AND holder = ?2")

/* Grants in force: role, member, until (instant, 0 none), granted_by, seq. */
QUERY(GRANT_PUT,
    "INSERT INTO grants (role, member, until, granted_by, seq) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (role, member) DO UPDATE SET until = ?3, granted_by = ?4, seq = ?5")
QUERY(GRANT_GET, "SELECT until, granted_by, seq FROM grants WHERE role = ?1 AND member = ?2")
QUERY(GRANTS_OF_BASE,
    "SELECT COUNT(*) FROM grants JOIN role ON role.name = grants.role WHERE member = ?1 AND base = ?2")
QUERY(GRANT_DROP, "DELETE FROM grants WHERE role = ?1 AND member = ?2")
QUERY(GRANTS_OF, "SELECT role, until, granted_by, seq FROM grants WHERE member = ?1 ORDER BY role")
QUERY(GRANTS_TO, "SELECT member, until, granted_by, seq FROM grants WHERE role = ?1 ORDER BY member")
QUERY(MEMBERS_ACTIVE,
    "SELECT member FROM grants JOIN user ON user.id = grants.member WHERE role = ?1 AND (until = 0 OR until > ?2) "
    "AND disabled = 0 ORDER BY member")
QUERY(GRANT_LIST, "SELECT role, member, until, granted_by, seq FROM grants ORDER BY role, member")

/* Roles that a quorum keeps.  Who approves a grant (authority); the boxed shares of the secret (keys): each admin's own,
 * and those given on to a member, which count while the giver keeps the same share and is an active admin (?4, an
 * instant). */
QUERY(APPROVAL_PUT, "INSERT INTO approval (role, member, approver, seq) VALUES (?1, ?2, ?3, ?4)")
QUERY(APPROVAL_DROP, "DELETE FROM approval WHERE role = ?1 AND member = ?2")
QUERY(APPROVALS_LAPSE,
    "DELETE FROM approval WHERE approver = ?1 AND (SELECT COUNT(*) FROM approval AS given WHERE given.role = approval.role "
    "AND given.member = approval.member) < (SELECT CAST(substr(keepers, 8) AS INTEGER) FROM role WHERE name = approval.role)")
QUERY(APPROVALS_TO, "SELECT approver, seq FROM approval WHERE role = ?1 AND member = ?2 ORDER BY seq")
QUERY(APPROVAL_LIST, "SELECT role, member, approver, seq FROM approval ORDER BY role, member, approver")
QUERY(ROLE_SHARE_PUT,
    "INSERT INTO role_share (role, holder, epoch, split, number, boxed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
QUERY(ROLE_SHARE_GET, "SELECT epoch, split, number, boxed FROM role_share WHERE role = ?1 AND holder = ?2")
QUERY(ROLE_SHARE_HOLDERS, "SELECT holder FROM role_share WHERE role = ?1 ORDER BY number")
QUERY(SHARES_AROUND,
    "SELECT role FROM role_share WHERE holder = ?1 UNION SELECT role FROM given_share WHERE member = ?1 ORDER BY role")
QUERY(ROLE_SHARES_DROP, "DELETE FROM role_share WHERE role = ?1")
QUERY(ROLE_SHARES_FORGET, "DELETE FROM role_share WHERE holder = ?1")
QUERY(GIVEN_SHARE_PUT,
    "INSERT INTO given_share (role, member, giver, epoch, split, number, boxed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT (role, member, giver) DO UPDATE SET epoch = ?4, split = ?5, number = ?6, boxed = ?7")
QUERY(GIVEN_SHARES,
    "SELECT given_share.number, given_share.split, given_share.boxed FROM given_share JOIN role_share "
    "ON role_share.role = given_share.role AND role_share.holder = giver AND role_share.epoch = given_share.epoch "
    "AND role_share.split = given_share.split AND role_share.number = given_share.number "
    "JOIN grants ON grants.role = 'admin' AND grants.member = giver AND (until = 0 OR until > ?4) "
    "JOIN user ON user.id = giver AND disabled = 0 "
    "WHERE given_share.role = ?1 AND given_share.member = ?2 AND given_share.epoch = ?3 ORDER BY given_share.number")
QUERY(GIVEN_SHARES_DROP, "DELETE FROM given_share WHERE role = ?1 AND member = ?2")
QUERY(GIVEN_SHARES_DROP_ROLE, "DELETE FROM given_share WHERE role = ?1")
QUERY(GIVEN_SHARES_FORGET, "DELETE FROM given_share WHERE giver = ?1 OR member = ?1")
/* Given to somebody whose grant has run out since, or who is disabled. */
QUERY(GIVEN_SHARES_STRAY,
    "SELECT COUNT(*) FROM given_share WHERE role = ?1 AND NOT EXISTS (SELECT 1 FROM grants "
    "JOIN user ON user.id = grants.member AND disabled = 0 WHERE grants.role = given_share.role "
    "AND grants.member = given_share.member AND (until = 0 OR until > ?2))")
/* Roles that somebody was granted, has no box of, and was given shares of; and approvals whose share was not given yet. */
QUERY(SHARES_TO_TAKE,
    "SELECT DISTINCT given_share.role FROM given_share JOIN role ON role.name = given_share.role "
    "JOIN grants ON grants.role = given_share.role AND grants.member = given_share.member "
    "WHERE given_share.member = ?1 AND given_share.epoch = role.epoch AND (until = 0 OR until > ?2) AND NOT EXISTS "
    "(SELECT 1 FROM role_secret WHERE role_secret.role = role.name AND role_secret.epoch = role.epoch AND holder = ?1)")
QUERY(SHARES_TO_GIVE,
    "SELECT approval.role, approval.member FROM approval JOIN role ON role.name = approval.role "
    "JOIN role_share ON role_share.role = approval.role AND role_share.holder = approver "
    "JOIN grants ON grants.role = approval.role AND grants.member = approval.member AND (grants.until = 0 OR grants.until > ?2) "
    "JOIN user ON user.id = approval.member AND disabled = 0 "
    "JOIN grants AS own ON own.role = 'admin' AND own.member = approver AND (own.until = 0 OR own.until > ?2) "
    "WHERE approver = ?1 AND NOT EXISTS (SELECT 1 FROM role_secret WHERE role_secret.role = role.name "
    "AND role_secret.epoch = role.epoch AND role_secret.holder = approval.member) "
    "AND NOT EXISTS (SELECT 1 FROM given_share WHERE given_share.role = approval.role "
    "AND given_share.member = approval.member AND giver = approver AND given_share.epoch = role.epoch "
    "AND given_share.split = role_share.split AND given_share.number = role_share.number) "
    "ORDER BY approval.role, approval.member")

/* Portfolios and their keys, one pair a compartment and epoch. */
QUERY(PORTFOLIO_PUT, "INSERT INTO portfolio (name, seq) VALUES (?1, ?2)")
QUERY(PORTFOLIO_GET, "SELECT seq FROM portfolio WHERE name = ?1")
QUERY(PORTFOLIO_NAMES, "SELECT name FROM portfolio ORDER BY name")
QUERY(PORTFOLIO_LIST,
    "SELECT name, seq, (SELECT COUNT(*) FROM client WHERE client.portfolio = portfolio.name) "
    "FROM portfolio ORDER BY name")
QUERY(PORTFOLIO_KEY_PUT,
    "INSERT INTO portfolio_key (portfolio, compartment, epoch, public, seq) VALUES (?1, ?2, ?3, ?4, ?5)")
QUERY(PORTFOLIO_KEY_GET,
    "SELECT epoch, public, seq FROM portfolio_key WHERE portfolio = ?1 AND compartment = ?2 ORDER BY epoch DESC LIMIT 1")
QUERY(PORTFOLIO_KEY_LIST,
    "SELECT portfolio, compartment, epoch, public, seq FROM portfolio_key ORDER BY portfolio, compartment, epoch")

/* Which role reaches which compartments of which portfolio (authority), and the boxes that make it so (keys). */
QUERY(REACH_PUT,
    "INSERT INTO reach (role, portfolio, compartments, seq) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (role, portfolio) DO UPDATE SET compartments = ?3, seq = ?4")
QUERY(REACH_GET, "SELECT compartments, seq FROM reach WHERE role = ?1 AND portfolio = ?2")
QUERY(REACH_OF_ROLE, "SELECT portfolio, compartments, seq FROM reach WHERE role = ?1 ORDER BY portfolio")
QUERY(REACH_OF_MEMBER,
    "SELECT compartments FROM reach JOIN grants ON grants.role = reach.role "
    "WHERE grants.member = ?1 AND portfolio = ?2 AND (until = 0 OR until > ?3)")
QUERY(REACH_TO, "SELECT role, compartments, seq FROM reach WHERE portfolio = ?1 ORDER BY role")
QUERY(REACHING_ROLES, "SELECT DISTINCT role FROM reach ORDER BY role")
QUERY(REACHING_ROLES_OF,
    "SELECT DISTINCT reach.role FROM reach JOIN grants ON grants.role = reach.role WHERE grants.member = ?1 ORDER BY reach.role")
QUERY(REACH_LIST, "SELECT role, portfolio, compartments, seq FROM reach ORDER BY role, portfolio")
QUERY(PORTFOLIO_SECRET_PUT,
    "INSERT INTO portfolio_secret (portfolio, compartment, epoch, role, role_epoch, boxed) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (portfolio, compartment, epoch, role) DO UPDATE SET role_epoch = ?5, boxed = ?6")
QUERY(PORTFOLIO_SECRET_GET,
    "SELECT role_epoch, boxed FROM portfolio_secret WHERE portfolio = ?1 AND compartment = ?2 AND epoch = ?3 "
    "AND role = ?4")
QUERY(PORTFOLIO_SECRET_DROP_OLD,
    "DELETE FROM portfolio_secret WHERE portfolio = ?1 AND compartment = ?2 AND epoch < ?3 AND (compartment <> 0 OR epoch NOT IN "
    "(SELECT epoch FROM decoy_order WHERE portfolio = ?1))")
QUERY(INDEX_KEY_PUT,
    "INSERT INTO index_key (portfolio, compartment, portfolio_epoch, boxed) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (portfolio, compartment) DO UPDATE SET portfolio_epoch = ?3, boxed = ?4")
QUERY(INDEX_KEY_GET, "SELECT portfolio_epoch, boxed FROM index_key WHERE portfolio = ?1 AND compartment = ?2")

/* What lets roles that trace link a leak's rows to a portfolio's records, boxed for them: index keys or branches of them. */
QUERY(TRACE_KEY_PUT,
    "INSERT INTO trace_key (portfolio, compartment, role, role_epoch, boxed) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (portfolio, compartment, role) DO UPDATE SET role_epoch = ?4, boxed = ?5")
QUERY(TRACE_KEYS,
    "SELECT role, role_epoch, boxed FROM trace_key WHERE portfolio = ?1 AND compartment = ?2 ORDER BY role")
QUERY(TRACE_ROLES, "SELECT name FROM role WHERE base = 'investigator' ORDER BY name")
QUERY(TRACE_KEYS_MISSING,
    "SELECT role.name, index_key.portfolio, index_key.compartment FROM role JOIN index_key ON role.base = 'investigator' "
    "WHERE NOT EXISTS (SELECT 1 FROM trace_key WHERE trace_key.role = role.name AND trace_key.portfolio = index_key.portfolio "
    "AND trace_key.compartment = index_key.compartment AND trace_key.role_epoch = role.epoch)")

/* Traces that were run, sealed under a key that investigators share. */
QUERY(TRACE_CASE_PUT, "INSERT INTO trace_case (id, key, sealed) VALUES (?1, ?2, ?3)")
QUERY(TRACE_CASE_HAS, "SELECT 1 FROM trace_case WHERE id = ?1")
QUERY(TRACE_CASES, "SELECT id, key, sealed FROM trace_case ORDER BY id DESC")

/* Fingerprints of record versions, by which a leaked cell is compared without opening them. */
QUERY(FINGERPRINT_PUT,
    "INSERT INTO fingerprint (record, version, print) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (record, version) DO UPDATE SET print = ?3")
QUERY(FINGERPRINTS_OF_CLIENT,
    "SELECT record.row, record.id, record.kind, fingerprint.version, fingerprint.print, "
    "COALESCE(record_version.at, record.at), COALESCE(record_version.period, record.period) FROM record JOIN fingerprint ON fingerprint.record = record.row "
    "LEFT JOIN record_version ON record_version.record = record.row AND record_version.version = fingerprint.version "
    "WHERE record.client = ?1 AND record.kind IN (1, 2, 3, 9, 11) ORDER BY record.row, fingerprint.version")
QUERY(FINGERPRINTS_OF_RECORD,
    "SELECT record.row, record.id, record.kind, fingerprint.version, fingerprint.print, "
    "COALESCE(record_version.at, record.at), COALESCE(record_version.period, record.period) FROM record JOIN fingerprint ON fingerprint.record = record.row "
    "LEFT JOIN record_version ON record_version.record = record.row AND record_version.version = fingerprint.version "
    "WHERE record.row = ?1 ORDER BY fingerprint.version")
QUERY(RECORD_PLACE, "SELECT client, kind, id FROM record WHERE row = ?1")
/* All versions, also those from before their kind had fingerprints. */
QUERY(VERSIONS_OF_RECORD,
    "SELECT record.row, record.id, record.kind, each.version, COALESCE(fingerprint.print, x''), each.at, '' FROM record JOIN "
    "(SELECT record, version, at FROM record_version WHERE record = ?1 "
    "UNION ALL SELECT row, version, at FROM record WHERE row = ?1) AS each ON each.record = record.row "
    "LEFT JOIN fingerprint ON fingerprint.record = each.record AND fingerprint.version = each.version ORDER BY each.version")
QUERY(RECORD_COUNT_KIND, "SELECT COUNT(*) FROM record WHERE kind = ?1")

/* Clients.  card: sealed number, name, tax id, status.  number, tax: keyed tokens for finding one exactly. */
QUERY(CLIENT_PUT,
    "INSERT INTO client (id, portfolio, number, tax, version, card, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
QUERY(CLIENT_CARD, "UPDATE client SET number = ?2, tax = ?3, version = ?4, card = ?5 WHERE row = ?1")
QUERY(CLIENT_BY_ID, "SELECT row, id, portfolio, version, card, seq FROM client WHERE id = ?1")
QUERY(CLIENT_BY_ROW, "SELECT row, id, portfolio, version, card, seq FROM client WHERE row = ?1")
QUERY(CLIENT_BY_NUMBER, "SELECT row, id, portfolio, version, card, seq FROM client WHERE number = ?1")
QUERY(CLIENT_BY_TAX, "SELECT row, id, portfolio, version, card, seq FROM client WHERE tax = ?1")
QUERY(CLIENT_LIST, "SELECT row, id, portfolio, version, card, seq FROM client WHERE row > ?1 ORDER BY row")
QUERY(CLIENT_FACTS, "SELECT row, id, portfolio FROM client ORDER BY row")
QUERY(CLIENT_COUNT, "SELECT COUNT(*) FROM client")
QUERY(CLIENT_KEY_PUT,
    "INSERT INTO client_key (client, compartment, epoch, portfolio_epoch, boxed) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (client, compartment, epoch) DO UPDATE SET portfolio_epoch = ?4, boxed = ?5")
QUERY(CLIENT_KEY_GET,
    "SELECT epoch, portfolio_epoch, boxed FROM client_key WHERE client = ?1 AND compartment = ?2 "
    "ORDER BY epoch DESC LIMIT 1")
QUERY(CLIENT_KEY_OLD_COUNT,
    "SELECT COUNT(*) FROM client_key JOIN client ON client.row = client_key.client "
    "WHERE client.portfolio = ?1 AND compartment = ?2 AND portfolio_epoch < ?3")
QUERY(CLIENT_KEY_OLD,
    "SELECT client, compartment, client_key.epoch, portfolio_epoch, boxed, client.id FROM client_key "
    "JOIN client ON client.row = client_key.client "
    "WHERE client.portfolio = ?1 AND compartment = ?2 AND portfolio_epoch < ?3 LIMIT ?4")

QUERY(CLIENT_IDS, "SELECT id, portfolio, seq FROM client ORDER BY id")

/* Assignments in force. */
QUERY(ASSIGNMENT_PUT,
    "INSERT INTO assignment (client, member, assigned_by, seq) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (client, member) DO UPDATE SET assigned_by = ?3, seq = ?4")
QUERY(ASSIGNMENT_GET, "SELECT assigned_by, seq FROM assignment WHERE client = ?1 AND member = ?2")
QUERY(ASSIGNMENT_DROP, "DELETE FROM assignment WHERE client = ?1 AND member = ?2")
QUERY(ASSIGNMENTS_TO, "SELECT member, assigned_by, seq FROM assignment WHERE client = ?1 ORDER BY member")
QUERY(ASSIGNMENTS_OF, "SELECT client, assigned_by, seq FROM assignment WHERE member = ?1 ORDER BY client")
QUERY(ASSIGNMENT_ROWS, "SELECT client, member FROM assignment ORDER BY client, member")
QUERY(ASSIGNMENT_LIST,
    "SELECT client.id, member, assigned_by, assignment.seq FROM assignment JOIN client ON client.row = assignment.client "
    "ORDER BY client.id, member")

/* The keys that investigators share, boxed for the epochs of their roles; and the parts of findings (versions, notes),
 * sealed under one of them. */
QUERY(INVESTIGATION_KEY_PUT,
    "INSERT INTO investigation_key (number, role, role_epoch, boxed) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (number, role, role_epoch) DO UPDATE SET boxed = ?4")
QUERY(INVESTIGATION_KEYS, "SELECT role, role_epoch, boxed FROM investigation_key WHERE number = ?1 ORDER BY role, role_epoch DESC")
QUERY(INVESTIGATION_KEY_LAST, "SELECT COALESCE(MAX(number), 0) FROM investigation_key")
QUERY(INVESTIGATION_KEY_STALE,
    "SELECT COUNT(*) FROM investigation_key JOIN role ON role.name = investigation_key.role "
    "WHERE number = ?1 AND role_epoch < role.epoch")
QUERY(INVESTIGATION_KEYS_MISSING,
    "SELECT known.number, role.name, role.epoch, role.public FROM (SELECT DISTINCT number FROM investigation_key) AS known, role "
    "WHERE role.base = 'investigator' AND NOT EXISTS (SELECT 1 FROM investigation_key AS own WHERE own.number = known.number "
    "AND own.role = role.name AND own.role_epoch = role.epoch) ORDER BY known.number, role.name")
QUERY(ROLES_OF_BASE, "SELECT name, epoch, public FROM role WHERE base = ?1 ORDER BY name")
QUERY(FINDING_PART_PUT, "INSERT INTO finding_part (finding, part, key, sealed) VALUES (?1, ?2, ?3, ?4)")
QUERY(FINDING_PART_GET, "SELECT key, sealed FROM finding_part WHERE finding = ?1 AND part = ?2")
QUERY(FINDING_PART_LIST, "SELECT finding, part FROM finding_part ORDER BY finding, part")

/* Policies: every version ever set; the newest is in force. */
QUERY(POLICY_PUT, "INSERT INTO policy (hash, text, seq) VALUES (?1, ?2, ?3)")
QUERY(POLICY_NOW, "SELECT hash, text, seq FROM policy ORDER BY seq DESC LIMIT 1")
QUERY(POLICY_BY_HASH, "SELECT text, seq FROM policy WHERE hash = ?1 ORDER BY seq DESC LIMIT 1")
QUERY(POLICY_LIST, "SELECT hash, length(text), seq FROM policy ORDER BY seq")

/* What the firm has settled for itself: authority, as users and grants are. */
QUERY(FIRM_SETTING_PUT,
    "INSERT INTO firm_setting (name, value, set_by, seq) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (name) DO UPDATE SET value = ?2, set_by = ?3, seq = ?4")
QUERY(FIRM_SETTING_GET, "SELECT value, set_by, seq FROM firm_setting WHERE name = ?1")
QUERY(FIRM_SETTING_LIST, "SELECT name, value, set_by, seq FROM firm_setting ORDER BY name")

/* Who cosigns the log's checkpoints: authority too.  pin: 32 bytes or none; ca: PEM or none. */
QUERY(WITNESS_PUT,
    "INSERT INTO witness (name, vkey, url, pin, ca, added_by, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
QUERY(WITNESS_DROP, "DELETE FROM witness WHERE name = ?1")
QUERY(WITNESS_LIST, "SELECT name, vkey, url, pin, ca, added_by, seq FROM witness ORDER BY name")

/* What one has proposed and another must approve; subject is 'policy', or 'setting NAME' with the value as text. */
QUERY(PROPOSAL_PUT, "INSERT INTO proposal (seq, subject, hash, text, proposer) VALUES (?1, ?2, ?3, ?4, ?5)")
QUERY(PROPOSAL_GET, "SELECT subject, hash, text, proposer FROM proposal WHERE seq = ?1")
QUERY(PROPOSAL_LIST, "SELECT seq, subject, hash, length(text), proposer FROM proposal ORDER BY seq")
QUERY(PROPOSAL_DROP, "DELETE FROM proposal WHERE subject = ?1 AND hash = ?2")

/* Frozen things: kind is 'client', 'portfolio', 'user' or 'all'. */
QUERY(FREEZE_PUT,
    "INSERT INTO freeze (kind, target, seq) VALUES (?1, ?2, ?3) ON CONFLICT (kind, target) DO UPDATE SET seq = ?3")
QUERY(FREEZE_DROP, "DELETE FROM freeze WHERE kind = ?1 AND target = ?2")
QUERY(FREEZE_GET, "SELECT seq FROM freeze WHERE kind = ?1 AND target = ?2")
QUERY(FREEZE_LIST, "SELECT kind, target, seq FROM freeze ORDER BY kind, target")

/* Sessions at a server that somebody has ended: kind is 'session', 'user' or 'all'; those of one session are forgotten
 * when it would be over anyway. */
QUERY(SESSION_END_PUT,
    "INSERT INTO session_end (kind, target, member, at, seq) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (kind, target) DO UPDATE SET member = ?3, at = ?4, seq = ?5")
QUERY(SESSION_END_FORGET, "DELETE FROM session_end WHERE kind = 'session' AND at < ?1")
QUERY(SESSION_END_LIST, "SELECT kind, target, member, at, seq FROM session_end ORDER BY kind, target")
/* What ends sessions or stops work, since an event: of session_end and of freeze. */
QUERY(ENDINGS_SINCE,
    "SELECT kind, target, member, seq, 0 FROM session_end WHERE seq > ?1 UNION ALL "
    "SELECT kind, target, '', seq, 1 FROM freeze WHERE seq > ?1 ORDER BY 4")

/* Second factors: state is 'pending', 'on' or 'off'; hash is of what was sealed at first.  The sealed secret changes with
 * every login, so it stands apart. */
QUERY(TOTP_PUT,
    "INSERT INTO totp (member, state, since, hash, seq) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (member) DO UPDATE SET state = ?2, since = ?3, hash = ?4, seq = ?5")
QUERY(TOTP_GET, "SELECT state, since, hash, seq FROM totp WHERE member = ?1")
QUERY(TOTP_LIST, "SELECT member, state, since, hash, seq FROM totp ORDER BY member")
QUERY(TOTP_SECRET_PUT,
    "INSERT INTO totp_secret (member, sealed) VALUES (?1, ?2) ON CONFLICT (member) DO UPDATE SET sealed = ?2")
QUERY(TOTP_SECRET_GET, "SELECT sealed FROM totp_secret WHERE member = ?1")
QUERY(TOTP_SECRET_DROP, "DELETE FROM totp_secret WHERE member = ?1")

/* Files that records came from; name is sealed. */
QUERY(SOURCE_PUT, "INSERT INTO source (sha256, format, name, seq) VALUES (?1, ?2, ?3, ?4)")
QUERY(SOURCE_LIST, "SELECT sha256, format, name, seq FROM source ORDER BY row")
QUERY(SOURCE_GET, "SELECT sha256, format, name, seq FROM source WHERE row = ?1")

/* Records: the current version of each; older ones go to record_version.  The last column of the five that read the
 * current version is the version that was written last. */
QUERY(RECORD_PUT,
    "INSERT INTO record (id, client, kind, period, version, natural, digest, wrapped, head, body, author, at, source, "
    "seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")
QUERY(RECORD_BY_NATURAL,
    "SELECT row, id, version, digest, seq, "
    "COALESCE((SELECT version FROM written WHERE written.record = record.id), 1) "
    "FROM record WHERE client = ?1 AND kind = ?2 AND natural = ?3")
QUERY(RECORD_BY_ID,
    "SELECT row, id, client, kind, period, version, natural, digest, wrapped, head, body, author, at, source, seq, "
    "COALESCE((SELECT version FROM written WHERE written.record = record.id), 1) "
    "FROM record WHERE id = ?1")
QUERY(RECORD_BY_ROW,
    "SELECT row, id, client, kind, period, version, natural, digest, wrapped, head, body, author, at, source, seq, "
    "COALESCE((SELECT version FROM written WHERE written.record = record.id), 1) "
    "FROM record WHERE row = ?1")
QUERY(RECORD_LIST,
    "SELECT row, id, client, kind, period, version, natural, digest, wrapped, head, NULL, author, at, source, seq, "
    "COALESCE((SELECT version FROM written WHERE written.record = record.id), 1) "
    "FROM record WHERE client = ?1 AND (?2 = 0 OR kind = ?2) AND period >= ?3 AND period <= ?4 "
    "ORDER BY kind, period, row")
/* In the order of rows, which is that of pages: each is read and decrypted once, however the periods lie in them.  The
 * inner query needs the index alone; its LIMIT keeps SQLite from taking its ORDER BY away. */
QUERY(RECORD_SCAN,
    "SELECT record.row, id, client, kind, period, version, natural, digest, wrapped, head, body, author, at, source, seq, "
    "COALESCE((SELECT version FROM written WHERE written.record = record.id), 1) "
    "FROM (SELECT row FROM record WHERE client = ?1 AND (?2 = 0 OR kind = ?2) AND period >= ?3 AND period <= ?4 "
    "ORDER BY kind, row LIMIT -1) AS wanted CROSS JOIN record ON record.row = wanted.row")
/* As RECORD_LIST, without the parts, of the records whose keys a witness releases: what is to be opened, before it is. */
QUERY(RECORD_NEED,
    "SELECT row, id, client, kind, period, version, NULL, NULL, wrapped, NULL, NULL, author, at, source, seq, version "
    "FROM record INDEXED BY record_witnessed WHERE client = ?1 AND substr(wrapped, 1, 1) = x'02' AND (?2 = 0 OR kind = ?2) "
    "AND period >= ?3 AND period <= ?4 ORDER BY kind, period, row")
/* Keys that are to be wrapped again: those of a portfolio and of the kinds of ?3 (bits) that do not begin with ?4. */
QUERY(REWRAP_RECORDS,
    "SELECT record.row, record.id, record.client, kind, period, record.version, NULL, NULL, wrapped, NULL, NULL, author, "
    "at, source, record.seq, record.version FROM record JOIN client ON client.row = record.client "
    "WHERE record.row > ?1 AND portfolio = ?2 AND (?3 >> kind & 1) = 1 AND substr(wrapped, 1, length(?4)) <> ?4 "
    "ORDER BY record.row LIMIT ?5")
QUERY(REWRAP_VERSIONS,
    "SELECT record_version.rowid, record.id, record.client, kind, record_version.period, record_version.version, NULL, "
    "NULL, record_version.wrapped, NULL, NULL, record_version.author, record_version.at, record_version.source, "
    "record_version.seq, record_version.version FROM record_version JOIN record ON record.row = record_version.record "
    "JOIN client ON client.row = record.client WHERE record_version.rowid > ?1 AND portfolio = ?2 AND "
    "(?3 >> kind & 1) = 1 AND substr(record_version.wrapped, 1, length(?4)) <> ?4 ORDER BY record_version.rowid LIMIT ?5")
QUERY(VERSION_BY_ROW,
    "SELECT record_version.rowid, record.id, record.client, kind, record_version.period, record_version.version, NULL, "
    "NULL, record_version.wrapped, NULL, NULL, record_version.author, record_version.at, record_version.source, "
    "record_version.seq, record_version.version FROM record_version JOIN record ON record.row = record_version.record "
    "WHERE record_version.rowid = ?1")
QUERY(REWRAP_RECORD, "UPDATE record SET wrapped = ?2 WHERE row = ?1")
QUERY(REWRAP_VERSION, "UPDATE record_version SET wrapped = ?2 WHERE rowid = ?1")
QUERY(RECORD_RETIRE,
    "INSERT INTO record_version (record, version, period, wrapped, head, body, author, at, source, seq) "
    "SELECT row, version, period, wrapped, head, body, author, at, source, seq FROM record WHERE row = ?1")
QUERY(RECORD_REPLACE,
    "UPDATE record SET version = ?2, digest = ?3, wrapped = ?4, head = ?5, body = ?6, author = ?7, at = ?8, source = ?9, "
    "seq = ?10, period = ?11 WHERE row = ?1")
QUERY(RECORD_NATURAL, "UPDATE record SET natural = ?2 WHERE row = ?1")
QUERY(RECORD_VERSIONS,
    "SELECT version, period, wrapped, head, body, author, at, source, seq FROM record_version WHERE record = ?1 "
    "ORDER BY version DESC")
QUERY(RECORD_VERSION_GET,
    "SELECT version, period, wrapped, head, body, author, at, source, seq FROM record_version WHERE record = ?1 AND version = ?2")
QUERY(RECORD_KINDS, "SELECT kind, COUNT(*) FROM record WHERE client = ?1 GROUP BY kind ORDER BY kind")
QUERY(RECORD_COUNT_OF,
    "SELECT COUNT(*) FROM record WHERE client = ?1 AND (?2 = 0 OR kind = ?2) AND period >= ?3 AND period <= ?4")
QUERY(RECORD_COUNT_ALL, "SELECT COUNT(*) FROM record")

/* Which version of a record the log says is the last: a cache over the log, for versions above 1. */
QUERY(WRITTEN_PUT,
    "INSERT INTO written (record, version, seq) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (record) DO UPDATE SET version = ?2, seq = ?3")

/* Postings: see postings.h. */
QUERY(SEGMENT_PUT, "INSERT INTO segment (kind, level, first, last, terms) VALUES (?1, ?2, 0, 0, 0)")
QUERY(SEGMENT_RANGE, "UPDATE segment SET first = ?2, last = ?3, terms = ?4 WHERE id = ?1")
QUERY(SEGMENT_LIST, "SELECT id, level, first, last, terms FROM segment WHERE kind = ?1 ORDER BY id")
QUERY(SEGMENT_DROP, "DELETE FROM segment WHERE id = ?1")
QUERY(POSTING_PUT, "INSERT INTO posting (segment, token, low, entries) VALUES (?1, ?2, ?3, ?4)")
QUERY(POSTING_START,
    "SELECT token, low FROM posting WHERE segment = ?1 AND (token < ?2 OR (token = ?2 AND low <= ?3)) "
    "ORDER BY token DESC, low DESC LIMIT 1")
QUERY(POSTING_FROM,
    "SELECT token, low, entries FROM posting WHERE segment = ?1 AND (token > ?2 OR (token = ?2 AND low >= ?3)) "
    "AND token <= ?4 ORDER BY token, low")
QUERY(POSTING_ONWARDS,
    "SELECT token, low, entries FROM posting WHERE segment = ?1 AND (token > ?2 OR (token = ?2 AND low >= ?3)) "
    "ORDER BY token, low")
QUERY(POSTING_SCAN, "SELECT token, low, entries FROM posting WHERE segment = ?1 ORDER BY token, low")
QUERY(POSTING_DROP, "DELETE FROM posting WHERE segment = ?1")

/* The index of disclosures: sealed blocks under numbers that say what they are; see log/disclosures.h. */
QUERY(DISCLOSURE_PUT, "INSERT INTO disclosure (key, sealed) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET sealed = ?2")
QUERY(DISCLOSURE_GET, "SELECT sealed FROM disclosure WHERE key = ?1")
QUERY(DISCLOSURE_RANGE, "SELECT key, sealed FROM disclosure WHERE key >= ?1 AND key <= ?2 ORDER BY key")
QUERY(DISCLOSURE_LAST, "SELECT key, sealed FROM disclosure WHERE key >= ?1 AND key <= ?2 ORDER BY key DESC LIMIT 1")
QUERY(DISCLOSURE_COUNT, "SELECT COUNT(*), COALESCE(SUM(length(sealed)), 0) FROM disclosure")
QUERY(DISCLOSURE_CLEAR, "DELETE FROM disclosure")
/* The state of the records at a moment, as two numbers: the last record, and the last version that was replaced. */
QUERY(RECORD_STATE,
    "SELECT COALESCE((SELECT MAX(row) FROM record), 0), COALESCE((SELECT MAX(row) FROM record_version), 0)")
QUERY(RECORD_ROW, "SELECT row FROM record WHERE id = ?1")
/* Every version of a client's records: the current ones with 0 in the last column, else the number under which the
 * version was replaced. */
QUERY(RECORD_STATES,
    "SELECT row, kind, period, version, seq, 0 FROM record WHERE client = ?1 "
    "UNION ALL SELECT record.row, kind, record_version.period, record_version.version, record_version.seq, "
    "record_version.row FROM record JOIN record_version ON record_version.record = record.row "
    "WHERE record.client = ?1 ORDER BY 1, 4")

/* Seeds of exported copies, boxed for roles. */
QUERY(COPY_SEED_PUT,
    "INSERT INTO copy_seed (commitment, role, epoch, boxed) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (commitment, role) DO UPDATE SET epoch = ?3, boxed = ?4")
QUERY(COPY_SEED_GET, "SELECT role, epoch, boxed FROM copy_seed WHERE commitment = ?1 ORDER BY role")
/* What rows are known by that were made up for an export. */
QUERY(COPY_DECOY_PUT, "INSERT INTO copy_decoy (token) VALUES (?1) ON CONFLICT DO NOTHING")
QUERY(COPY_DECOY_GET, "SELECT 1 FROM copy_decoy WHERE token = ?1")
QUERY(COPY_SEEDS_OF_ROLE, "SELECT commitment, epoch, boxed FROM copy_seed WHERE role = ?1 AND epoch < ?2")
/* Approvals: a request, its state ("open", or how it was closed), when the last approval that it needed came (0), how
 * often it was used; and who approves, until it lapses (the event that made it, 0).  ?3 of CONSENTS_LAPSE: an instant. */
QUERY(REQUEST_PUT,
    "INSERT INTO approval_request (seq, requester, scope, hash, text, needed, duration, uses, filed, state, started, used, "
    "closed_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', 0, 0, '')")
QUERY(REQUEST_GET,
    "SELECT seq, requester, scope, hash, text, needed, duration, uses, filed, state, started, used, closed_by "
    "FROM approval_request WHERE seq = ?1")
QUERY(REQUEST_LIST,
    "SELECT seq, requester, scope, hash, text, needed, duration, uses, filed, state, started, used, closed_by "
    "FROM approval_request ORDER BY seq")
QUERY(REQUESTS_OF,
    "SELECT seq FROM approval_request WHERE requester = ?1 AND state = 'open' AND started <> 0 AND used < uses ORDER BY seq")
QUERY(REQUEST_CLOSE, "UPDATE approval_request SET state = ?2, closed_by = ?3 WHERE seq = ?1")
QUERY(REQUEST_START, "UPDATE approval_request SET started = ?2 WHERE seq = ?1")
QUERY(REQUEST_USE, "UPDATE approval_request SET used = used + 1 WHERE seq = ?1")
QUERY(REQUESTS_LAPSE,
    "UPDATE approval_request SET state = 'lapsed', closed_by = ?2 WHERE requester = ?1 AND state = 'open' AND used < uses "
    "AND (started = 0 OR started + duration > ?3)")
QUERY(REQUESTS_STOP,
    "UPDATE approval_request SET started = 0 WHERE state = 'open' AND started <> 0 AND used < uses AND started + duration > ?1 "
    "AND (SELECT COUNT(*) FROM approval_given WHERE request = approval_request.seq AND lapsed = 0) < needed")
QUERY(REQUESTS_OPEN_TO, "SELECT seq FROM approval_request WHERE state = 'open' AND started = 0 AND requester <> ?1 ORDER BY seq")
QUERY(CONSENT_PUT, "INSERT INTO approval_given (request, approver, seq, lapsed) VALUES (?1, ?2, ?3, 0)")
QUERY(CONSENTS_TO, "SELECT approver, seq, lapsed FROM approval_given WHERE request = ?1 ORDER BY seq")
QUERY(CONSENT_LIST, "SELECT request, approver, seq, lapsed FROM approval_given ORDER BY request, seq")
QUERY(CONSENT_LAPSE, "UPDATE approval_given SET lapsed = ?3 WHERE request = ?1 AND approver = ?2 AND lapsed = 0")
QUERY(CONSENTS_LAPSE,
    "UPDATE approval_given SET lapsed = ?2 WHERE approver = ?1 AND lapsed = 0 AND EXISTS (SELECT 1 FROM approval_request AS r "
    "WHERE r.seq = request AND state = 'open' AND used < uses AND (started = 0 OR started + duration > ?3))")

/* Broken glass: by whom, for which client ('' all), until when it opens, and by when somebody else must have looked at it;
 * reviewed_by '' as long as nobody has.  Notices: who is to be told of an event, and since which event he has been (0). */
QUERY(BREAKGLASS_PUT,
    "INSERT INTO breakglass (seq, member, client, hash, text, until, due, reviewed_by, verdict, review, note_hash, note) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', '', 0, x'', x'')")
QUERY(BREAKGLASS_GET,
    "SELECT seq, member, client, hash, text, until, due, reviewed_by, verdict, review, note_hash, note FROM breakglass WHERE seq = ?1")
QUERY(BREAKGLASS_LIST,
    "SELECT seq, member, client, hash, text, until, due, reviewed_by, verdict, review, note_hash, note FROM breakglass ORDER BY seq")
QUERY(BREAKGLASS_OF,
    "SELECT seq, client, until, due FROM breakglass WHERE member = ?1 AND reviewed_by = '' ORDER BY seq")
QUERY(BREAKGLASS_OPEN_TO, "SELECT seq FROM breakglass WHERE reviewed_by = '' AND member <> ?1 ORDER BY due, seq")
QUERY(BREAKGLASS_REVIEW,
    "UPDATE breakglass SET reviewed_by = ?2, verdict = ?3, review = ?4, note_hash = ?5, note = ?6, until = ?7 WHERE seq = ?1")
QUERY(BREAKGLASS_END, "UPDATE breakglass SET until = ?2 WHERE seq = ?1")
QUERY(NOTICE_PUT, "INSERT INTO notice (about, member, told) VALUES (?1, ?2, 0) ON CONFLICT (about, member) DO NOTHING")
QUERY(NOTICES_OF, "SELECT about FROM notice WHERE member = ?1 AND told = 0 ORDER BY about")
QUERY(NOTICE_TOLD, "UPDATE notice SET told = ?3 WHERE about = ?1 AND member = ?2 AND told = 0")
QUERY(NOTICE_LIST, "SELECT about, member, told FROM notice ORDER BY about, member")

/* Access reviews: grants that were in force when it began, and what was decided of each ('' not yet, keep, drop). */
QUERY(REVIEW_PUT, "INSERT INTO review (seq, started_by, due, missed, finished) VALUES (?1, ?2, ?3, ?4, 0)")
QUERY(REVIEW_LIST, "SELECT seq, started_by, due, missed, finished FROM review ORDER BY seq")
QUERY(REVIEW_FINISH, "UPDATE review SET finished = ?2 WHERE seq = ?1 AND finished = 0")
QUERY(REVIEW_OPEN_COUNT,
    "SELECT COUNT(*) FROM review_item JOIN grants ON grants.role = review_item.role AND grants.member = review_item.member "
    "AND grants.seq = granted WHERE review = ?1 AND verdict = ''")
QUERY(REVIEW_ITEM_PUT,
    "INSERT INTO review_item (review, role, member, granted, verdict, by, seq) VALUES (?1, ?2, ?3, ?4, '', '', 0)")
QUERY(REVIEW_ITEM_GET, "SELECT granted, verdict, by, seq FROM review_item WHERE review = ?1 AND role = ?2 AND member = ?3")
QUERY(REVIEW_ITEM_DECIDE,
    "UPDATE review_item SET verdict = ?4, by = ?5, seq = ?6 WHERE review = ?1 AND role = ?2 AND member = ?3 AND verdict = ''")
QUERY(REVIEW_ITEMS, "SELECT review, role, member, granted, verdict, by, seq FROM review_item ORDER BY review, role, member")
QUERY(REVIEW_ITEMS_OPEN,
    "SELECT review_item.review, review_item.role, review_item.member, review.due FROM review_item "
    "JOIN review ON review.seq = review_item.review JOIN grants ON grants.role = review_item.role "
    "AND grants.member = review_item.member AND grants.seq = granted WHERE verdict = '' "
    "ORDER BY review.due, review_item.review, review_item.role, review_item.member")
/* Decoys, among as many rows that are none: token and sealed for who holds the portfolio's directory, boxed for the
 * investigators in the given epoch of their role.  And what they have ordered that is not carried out yet. */
QUERY(DECOY_GET, "SELECT row, token, sealed, boxed, epoch FROM decoy WHERE token = ?1")
QUERY(DECOY_LIST, "SELECT row, token, sealed, boxed, epoch, portfolio FROM decoy WHERE ?1 = '' OR portfolio = ?1 ORDER BY row")
QUERY(DECOY_ANY, "SELECT row FROM decoy LIMIT 1")
QUERY(DECOY_STALE, "SELECT row FROM decoy WHERE epoch <> ?1 LIMIT 1")
QUERY(DECOY_PUT, "INSERT INTO decoy (portfolio, token, sealed, boxed, epoch) VALUES (?1, ?2, ?3, ?4, ?5)")
QUERY(DECOY_SET, "UPDATE decoy SET token = ?2, sealed = ?3, boxed = ?4, epoch = ?5 WHERE row = ?1")
QUERY(DECOY_ORDER_PUT,
    "INSERT INTO decoy_order (portfolio, sealed, epoch, boxed, role_epoch, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
QUERY(DECOY_ORDER_LIST, "SELECT row, portfolio, sealed, epoch, boxed, role_epoch, seq FROM decoy_order ORDER BY row")
QUERY(DECOY_ORDER_DROP, "DELETE FROM decoy_order WHERE row = ?1")

/* Grants of a person that a review suspends if it does not decide on them in time; those of admins it does not, so that
 * there is always somebody who can decide. */
/* Reviews that were due at ?2 and in which nobody had decided on a grant of ?1 that is in force. */
QUERY(REVIEWS_SKIPPED,
    "SELECT DISTINCT review.seq, review.started_by FROM review_item JOIN review ON review.seq = review_item.review "
    "JOIN grants ON grants.role = review_item.role AND grants.member = review_item.member AND grants.seq = granted "
    "WHERE review_item.member = ?1 AND verdict = '' AND due <= ?2 ORDER BY review.seq")
QUERY(REVIEW_ITEMS_OF,
    "SELECT review_item.role, due FROM review_item JOIN review ON review.seq = review_item.review "
    "JOIN grants ON grants.role = review_item.role AND grants.member = review_item.member AND grants.seq = granted "
    "JOIN role ON role.name = review_item.role WHERE review_item.member = ?1 AND verdict = '' AND missed = 'suspend' "
    "AND base <> 'admin'")

/* Registers: entries by kind and name, of the firm (member and client ''), a person or a client; ended: the event, 0.
 * The kinds that gate are told in access/registers.c as well. */
QUERY(REGISTER_GATES, "SELECT 1 FROM register_entry WHERE kind IN ('rule', 'training', 'nda') AND ended = 0 LIMIT 1")
QUERY(REGISTER_DATES_OF,
    "SELECT kind, name, until FROM register_entry WHERE member = ?1 AND kind IN ('training', 'nda') AND ended = 0 UNION ALL "
    "SELECT kind, name, until FROM register_entry AS rule WHERE kind = 'rule' AND member IN ('', ?1) AND ended = 0 "
    "AND NOT EXISTS (SELECT 1 FROM register_signature AS signed WHERE signed.name = rule.name AND signed.member = ?1 "
    "AND signed.hash = rule.hash) ORDER BY 1, 2")
QUERY(REGISTER_LACKED_BY,
    "SELECT DISTINCT kind, name FROM register_entry AS others WHERE kind IN ('training', 'nda') AND member <> '' AND ended = 0 "
    "AND NOT EXISTS (SELECT 1 FROM register_entry AS own WHERE own.kind = others.kind AND own.name = others.name "
    "AND own.member = ?1 AND own.ended = 0) ORDER BY kind, name")
QUERY(REGISTER_GET,
    "SELECT version, since, until, hash, ended, seq FROM register_entry WHERE kind = ?1 AND name = ?2 AND member = ?3 "
    "AND client = ?4")
QUERY(REGISTER_PUT,
    "INSERT INTO register_entry (kind, name, member, client, version, since, until, hash, ended, seq) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9, 0, ?8) ON CONFLICT (kind, name, member, client) "
    "DO UPDATE SET version = ?5, since = ?6, until = ?7, hash = ?9, ended = 0, seq = ?8")
QUERY(REGISTER_EXTEND,
    "UPDATE register_entry SET version = ?5, since = ?6, until = ?7, seq = ?8 WHERE kind = ?1 AND name = ?2 AND member = ?3 "
    "AND client = ?4 AND ended = 0")
QUERY(REGISTER_END,
    "UPDATE register_entry SET ended = ?5 WHERE kind = ?1 AND name = ?2 AND member = ?3 AND client = ?4 AND ended = 0")
QUERY(REGISTER_LIST,
    "SELECT kind, name, member, client, version, since, until, hash, ended, seq FROM register_entry "
    "ORDER BY kind, name, member, client")
/* What lapses until ?1, of ?2 or ('') of all: entries; and rules of each whom they bind and who has not signed them. */
QUERY(REGISTER_UNTIL,
    "SELECT until, kind, name, member, seq FROM register_entry WHERE kind <> 'rule' AND ended = 0 AND until <= ?1 "
    "AND (?2 = '' OR member = ?2) AND (member = '' OR member IN (SELECT id FROM user WHERE disabled = 0)) UNION ALL "
    "SELECT rule.until, 'rule', rule.name, user.id, rule.seq FROM register_entry AS rule JOIN user ON user.disabled = 0 "
    "AND rule.member IN ('', user.id) WHERE rule.kind = 'rule' AND rule.ended = 0 AND rule.until <= ?1 "
    "AND (?2 = '' OR user.id = ?2) AND NOT EXISTS (SELECT 1 FROM register_signature AS signed WHERE signed.name = rule.name "
    "AND signed.member = user.id AND signed.hash = rule.hash) ORDER BY 1, 5, 2, 3, 4")
QUERY(REGISTER_RULE_OF,
    "SELECT version, hash FROM register_entry WHERE kind = 'rule' AND name = ?1 AND member IN ('', ?2) AND ended = 0")
QUERY(REGISTER_TEXT_PUT, "INSERT INTO register_text (hash, sealed) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING")
QUERY(REGISTER_TEXT_GET, "SELECT sealed FROM register_text WHERE hash = ?1")
QUERY(REGISTER_TEXTS_MISSING,
    "SELECT kind, name FROM register_entry WHERE length(hash) > 0 AND hash NOT IN (SELECT hash FROM register_text) UNION "
    "SELECT 'rule', name FROM register_signature WHERE hash NOT IN (SELECT hash FROM register_text) UNION "
    "SELECT 'destruction', CAST(seq AS TEXT) FROM destruction WHERE hash NOT IN (SELECT hash FROM register_text) ORDER BY 1, 2")
QUERY(REGISTER_TEXT_LIST, "SELECT hash, sealed FROM register_text ORDER BY hash")
QUERY(REGISTER_SIGNATURE_PUT,
    "INSERT INTO register_signature (name, hash, member, version, seq, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
QUERY(REGISTER_SIGNATURES, "SELECT name, member, hash, version, at, seq FROM register_signature ORDER BY name, member, hash")
QUERY(REGISTER_SIGNERS_MISSING,
    "SELECT id FROM user WHERE disabled = 0 AND (?3 = '' OR id = ?3) AND NOT EXISTS (SELECT 1 FROM register_signature "
    "WHERE name = ?1 AND hash = ?2 AND member = user.id) ORDER BY id")

/* Lists of records to be destroyed: state is proposed, done or withdrawn; their records are told in register_text. */
QUERY(DESTRUCTION_PUT,
    "INSERT INTO destruction (seq, proposer, hash, count, state, ended_by, ended) VALUES (?1, ?2, ?3, ?4, 'proposed', '', 0)")
QUERY(DESTRUCTION_GET,
    "SELECT proposer, hash, count, state, (SELECT disabled FROM user WHERE user.id = proposer) FROM destruction WHERE seq = ?1")
QUERY(DESTRUCTION_END,
    "UPDATE destruction SET state = ?2, ended_by = ?3, ended = ?4 WHERE seq = ?1 AND state = 'proposed'")
QUERY(DESTRUCTION_LIST, "SELECT seq, proposer, hash, count, state, ended_by, ended FROM destruction ORDER BY seq")
/* Records by client (0: all), kind (0: all) and period, with their clients; one by its id. */
QUERY(ERASABLE_LIST,
    "SELECT record.row, record.id, client.id, client.portfolio, kind, period, record.version, record.at, head, body "
    "FROM record JOIN client ON client.row = record.client WHERE (?1 = 0 OR record.client = ?1) AND (?2 = 0 OR kind = ?2) "
    "AND period >= ?3 AND period <= ?4 ORDER BY record.row")
QUERY(ERASABLE_ONE,
    "SELECT record.row, record.id, client.id, client.portfolio, kind, period, record.version, record.at, head, body "
    "FROM record JOIN client ON client.row = record.client WHERE record.id = ?1")
QUERY(ERASE_PRINTS, "DELETE FROM fingerprint WHERE record = ?1")
QUERY(ERASE_VERSIONS, "DELETE FROM record_version WHERE record = ?1")
QUERY(ERASE_WRITTEN, "DELETE FROM written WHERE record = (SELECT id FROM record WHERE row = ?1)")
QUERY(ERASE_RECORD, "DELETE FROM record WHERE row = ?1")
