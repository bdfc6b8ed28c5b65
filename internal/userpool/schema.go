package userpool

// component names this package's tables among those of the database.
const component = "userpool"

// schema returns the steps that make the tables, in order. Steps are only ever added.
func schema() []string { return []string{firstTables, hostedTables} }

// Times are Unix milliseconds.
const firstTables = `
CREATE TABLE pool (
	only_row          INTEGER PRIMARY KEY CHECK (only_row = 1),
	pool_id           TEXT    NOT NULL,
	client_id         TEXT    NOT NULL,
	access_key_id     TEXT    NOT NULL,
	secret_access_key TEXT    NOT NULL,
	secret            BLOB    NOT NULL, -- keys the hashes of codes and the encryption of SRP state
	created_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE pool_keys (
	kid        TEXT    PRIMARY KEY,
	token_use  TEXT    NOT NULL CHECK (token_use IN ('id', 'access')),
	pkcs8      BLOB    NOT NULL,
	created_at INTEGER NOT NULL,
	retired_at INTEGER             -- NULL while it signs
) STRICT, WITHOUT ROWID;

CREATE TABLE pool_users (
	sub           TEXT    PRIMARY KEY,
	email_key     TEXT    NOT NULL UNIQUE, -- lower case
	attributes    TEXT    NOT NULL,        -- JSON object of strings
	status        TEXT    NOT NULL,
	enabled       INTEGER NOT NULL,
	password_hash TEXT    NOT NULL,
	srp_salt      BLOB    NOT NULL,
	srp_verifier  BLOB    NOT NULL,
	temporary_until INTEGER NOT NULL,      -- 0: the password is permanent
	created_at    INTEGER NOT NULL,
	modified_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pool_groups (
	name        TEXT    PRIMARY KEY,
	description TEXT    NOT NULL,
	precedence  INTEGER,
	role_arn    TEXT    NOT NULL,
	created_at  INTEGER NOT NULL,
	modified_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pool_members (
	group_name TEXT NOT NULL REFERENCES pool_groups (name) ON DELETE CASCADE,
	sub        TEXT NOT NULL REFERENCES pool_users (sub) ON DELETE CASCADE,
	PRIMARY KEY (group_name, sub)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_members_by_sub ON pool_members (sub, group_name);

CREATE TABLE pool_sign_ins (
	origin_jti   TEXT    PRIMARY KEY,
	sub          TEXT    NOT NULL REFERENCES pool_users (sub) ON DELETE CASCADE,
	refresh_hash BLOB    NOT NULL UNIQUE,
	signed_in_at INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	revoked      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_sign_ins_by_sub ON pool_sign_ins (sub, signed_in_at);
CREATE INDEX pool_sign_ins_by_expiry ON pool_sign_ins (expires_at);

CREATE TABLE pool_sessions (
	hash       BLOB    PRIMARY KEY,
	sub        TEXT    NOT NULL,
	expires_at INTEGER NOT NULL,
	used       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_sessions_by_expiry ON pool_sessions (expires_at);

CREATE TABLE pool_codes (
	sub        TEXT    NOT NULL REFERENCES pool_users (sub) ON DELETE CASCADE,
	purpose    TEXT    NOT NULL,
	mac        BLOB    NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (sub, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_codes_by_expiry ON pool_codes (expires_at);

CREATE TABLE pool_attempts (
	subject TEXT    NOT NULL, -- a user's sub, or a bucket of names that are nobody's
	action  TEXT    NOT NULL,
	count   INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	PRIMARY KEY (subject, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_attempts_by_time ON pool_attempts (at);
`

// hostedTables keep what hosted sign-in adds. The scope of a sign-in by the API is empty.
const hostedTables = `
ALTER TABLE pool_sign_ins ADD COLUMN scope TEXT NOT NULL DEFAULT '';

CREATE TABLE pool_web_sessions (
	hash         BLOB    PRIMARY KEY, -- of the cookie
	sub          TEXT    NOT NULL REFERENCES pool_users (sub) ON DELETE CASCADE,
	credential   BLOB    NOT NULL,    -- digest of the password hash that it was opened with
	signed_in_at INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_web_sessions_by_sub ON pool_web_sessions (sub, signed_in_at);
CREATE INDEX pool_web_sessions_by_expiry ON pool_web_sessions (expires_at);

CREATE TABLE pool_authorizations (
	hash         BLOB    PRIMARY KEY, -- of the code
	sub          TEXT    NOT NULL REFERENCES pool_users (sub) ON DELETE CASCADE,
	redirect_uri TEXT    NOT NULL,
	scope        TEXT    NOT NULL,
	nonce        TEXT    NOT NULL,
	challenge    TEXT    NOT NULL,    -- of PKCE; empty: none
	signed_in_at INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	used         INTEGER NOT NULL,
	origin_jti   TEXT    NOT NULL     -- of the sign-in that came of it; empty: none
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_authorizations_by_sub ON pool_authorizations (sub, expires_at);
CREATE INDEX pool_authorizations_by_expiry ON pool_authorizations (expires_at);
`
