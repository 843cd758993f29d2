-- The first tables: who works here, what was heard, what it was taken to mean, and the history of it.
-- Every key begins with the workspace. Times are microseconds since 1970, 0 for none; JSON is an object or an array.
-- +goose Up

CREATE TABLE workspace (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL CHECK (name <> ''),
    created    BIGINT NOT NULL,
    event_seq  BIGINT NOT NULL, -- of the last event: a history that was cut short shows
    event_hash TEXT   NOT NULL
);

CREATE TABLE member (
    space    TEXT    NOT NULL REFERENCES workspace (id),
    id       TEXT    NOT NULL UNIQUE,
    name     TEXT    NOT NULL CHECK (name <> ''),
    email    TEXT    NOT NULL CHECK (email <> ''),
    role     TEXT    NOT NULL CHECK (role IN ('owner', 'adviser', 'viewer')),
    lang     TEXT    NOT NULL,
    password TEXT    NOT NULL, -- argon2id, with its salt and costs
    created  BIGINT  NOT NULL,
    disabled BOOLEAN NOT NULL,
    version  BIGINT  NOT NULL,
    PRIMARY KEY (space, id),
    UNIQUE (space, email)
);
CREATE INDEX member_email ON member (email);

CREATE TABLE token (
    space     TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    member    TEXT   NOT NULL,
    name      TEXT   NOT NULL CHECK (name <> ''),
    scope     TEXT   NOT NULL CHECK (scope IN ('read', 'write')),
    hash      TEXT   NOT NULL UNIQUE, -- SHA-256 of its secret
    expires   BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    PRIMARY KEY (space, id),
    FOREIGN KEY (space, member) REFERENCES member (space, id)
);

-- Sessions are of one browser, and carry no workspace before sign-in.
CREATE TABLE session (
    hash    TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the cookie
    data    BYTEA  NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires);

-- Small facts about this store: the hash of the set-up link.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE engagement (
    space      TEXT    NOT NULL REFERENCES workspace (id),
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL CHECK (name <> ''),
    client     TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('client', 'internal')),
    lang       TEXT    NOT NULL,
    starts     TEXT    NOT NULL,
    ends       TEXT    NOT NULL,
    sides      JSONB   NOT NULL,
    restricted BOOLEAN NOT NULL,
    members    JSONB   NOT NULL, -- ids of those who may see it where it is restricted
    created    BIGINT  NOT NULL,
    version    BIGINT  NOT NULL,
    PRIMARY KEY (space, id)
);

CREATE TABLE stakeholder (
    space      TEXT   NOT NULL,
    id         TEXT   NOT NULL UNIQUE,
    engagement TEXT   NOT NULL,
    person     TEXT   NOT NULL, -- who it is: the address, else the name, in lower case
    called     TEXT   NOT NULL, -- the name in what was imported, in lower case
    name       TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    side       TEXT   NOT NULL CHECK (side IN ('', 'adviser', 'client')),
    power      BIGINT NOT NULL CHECK (power BETWEEN 0 AND 4),
    stance     BIGINT NOT NULL CHECK (stance BETWEEN -2 AND 2),
    skepticism BIGINT NOT NULL CHECK (skepticism BETWEEN 0 AND 4),
    langs      JSONB  NOT NULL,
    version    BIGINT NOT NULL,
    PRIMARY KEY (space, id),
    UNIQUE (space, engagement, person),
    FOREIGN KEY (space, engagement) REFERENCES engagement (space, id)
);
CREATE INDEX stakeholder_called ON stakeholder (space, engagement, called);

CREATE TABLE import (
    space      TEXT   NOT NULL,
    id         TEXT   NOT NULL UNIQUE,
    engagement TEXT   NOT NULL,
    member     TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('receiving', 'queued', 'running', 'done', 'failed', 'undone')),
    error      TEXT   NOT NULL,
    holder     TEXT   NOT NULL, -- the worker that has it, and only it may write to it
    lease      BIGINT NOT NULL, -- until when, unless it says more
    created    BIGINT NOT NULL,
    finished   BIGINT NOT NULL,
    PRIMARY KEY (space, id),
    FOREIGN KEY (space, engagement) REFERENCES engagement (space, id)
);
CREATE INDEX import_engagement ON import (space, engagement, id);
CREATE INDEX import_unfinished ON import (lease) WHERE state IN ('receiving', 'queued', 'running');

-- Messages and skips of the file that are dealt with: a worker that takes over goes on after them.
CREATE TABLE import_file (
    space    TEXT    NOT NULL,
    import   TEXT    NOT NULL,
    n        BIGINT  NOT NULL,
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    bytes    BIGINT  NOT NULL,
    done     BIGINT  NOT NULL,
    messages BIGINT  NOT NULL,
    added    BIGINT  NOT NULL,
    known    BIGINT  NOT NULL,
    findings BIGINT  NOT NULL,
    skipped  BIGINT  NOT NULL,
    finished BOOLEAN NOT NULL,
    PRIMARY KEY (space, import, n),
    FOREIGN KEY (space, import) REFERENCES import (space, id)
);

CREATE TABLE import_piece (
    space  TEXT   NOT NULL,
    import TEXT   NOT NULL,
    file   BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    body   BYTEA  NOT NULL,
    PRIMARY KEY (space, import, file, n),
    FOREIGN KEY (space, import) REFERENCES import (space, id)
);

CREATE TABLE import_skip (
    space  TEXT   NOT NULL,
    import TEXT   NOT NULL,
    file   BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    place  TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    PRIMARY KEY (space, import, file, n),
    FOREIGN KEY (space, import) REFERENCES import (space, id)
);

CREATE TABLE conversation (
    space      TEXT   NOT NULL,
    id         TEXT   NOT NULL UNIQUE,
    engagement TEXT   NOT NULL,
    thread     TEXT   NOT NULL, -- what makes it one: the mail that began it, or the import and file
    kind       TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    messages   BIGINT NOT NULL,
    next_seq   BIGINT NOT NULL, -- of the next message
    began      BIGINT NOT NULL, -- time of the first message and of the last, 0 if unknown
    ended      BIGINT NOT NULL,
    recent     BIGINT NOT NULL, -- ended, or created: conversations are listed by it
    people     JSONB  NOT NULL, -- the first who speak in it, and how often
    created    BIGINT NOT NULL,
    PRIMARY KEY (space, id),
    UNIQUE (space, engagement, thread),
    FOREIGN KEY (space, engagement) REFERENCES engagement (space, id)
);
CREATE INDEX conversation_recent ON conversation (space, engagement, recent DESC, id DESC);

-- In a conversation, messages are in order of (at, seq): at is the time of a mail or chat message, else 0.
CREATE TABLE message (
    space           TEXT    NOT NULL,
    id              TEXT    NOT NULL UNIQUE,
    engagement      TEXT    NOT NULL,
    conversation    TEXT    NOT NULL,
    stakeholder     TEXT    NOT NULL, -- empty where the source names nobody
    import          TEXT    NOT NULL,
    content         TEXT    NOT NULL, -- fingerprint: the same message again is not added
    at              BIGINT  NOT NULL,
    seq             BIGINT  NOT NULL,
    source_id       TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    place           TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    speaker_name    TEXT    NOT NULL,
    speaker_address TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    side            TEXT    NOT NULL CHECK (side IN ('', 'adviser', 'client')),
    time            BIGINT  NOT NULL,
    elapsed         BIGINT  NOT NULL, -- nanoseconds since the start of the recording
    recorded        BOOLEAN NOT NULL,
    topic           TEXT    NOT NULL,
    text            TEXT    NOT NULL,
    parts           JSONB   NOT NULL,
    reply_to        TEXT    NOT NULL,
    lang            TEXT    NOT NULL,
    unread          BOOLEAN NOT NULL, -- to be read for resistance again, since its speaker changed sides
    PRIMARY KEY (space, id),
    UNIQUE (space, engagement, content),
    UNIQUE (space, conversation, at, seq),
    FOREIGN KEY (space, engagement) REFERENCES engagement (space, id),
    FOREIGN KEY (space, conversation) REFERENCES conversation (space, id),
    FOREIGN KEY (space, import) REFERENCES import (space, id)
);
CREATE INDEX message_stakeholder ON message (space, stakeholder) WHERE stakeholder <> '';
CREATE INDEX message_import ON message (space, import);
CREATE INDEX message_unread ON message (space, conversation) WHERE unread;
CREATE INDEX message_mail ON message (space, engagement, source_id) WHERE kind = 'mail';

CREATE TABLE concern (
    space      TEXT   NOT NULL,
    id         TEXT   NOT NULL UNIQUE,
    engagement TEXT   NOT NULL,
    title      TEXT   NOT NULL CHECK (title <> ''),
    folded     TEXT   NOT NULL, -- the title in lower case without accents, for finding and sorting
    form       TEXT   NOT NULL,
    driver     TEXT   NOT NULL,
    perception TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('heard', 'played_back', 'agreed', 'answered', 'settled', 'reopened')),
    outcome    TEXT   NOT NULL CHECK (outcome IN ('', 'resolved', 'adapted', 'honoured', 'withdrawn')),
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    PRIMARY KEY (space, id),
    FOREIGN KEY (space, engagement) REFERENCES engagement (space, id),
    CHECK ((state = 'settled') = (outcome <> ''))
);
CREATE INDEX concern_updated ON concern (space, engagement, updated DESC, id DESC);
CREATE INDEX concern_created ON concern (space, engagement, created DESC, id DESC);
CREATE INDEX concern_title ON concern (space, engagement, folded, id);

-- at and seq are those of the message: findings are listed as they were said.
CREATE TABLE finding (
    space        TEXT             NOT NULL,
    id           TEXT             NOT NULL UNIQUE,
    engagement   TEXT             NOT NULL,
    conversation TEXT             NOT NULL,
    message      TEXT             NOT NULL,
    stakeholder  TEXT             NOT NULL,
    at           BIGINT           NOT NULL,
    seq          BIGINT           NOT NULL,
    start_byte   BIGINT           NOT NULL,
    end_byte     BIGINT           NOT NULL,
    labels       JSONB            NOT NULL,
    probability  DOUBLE PRECISION NOT NULL,
    confidence   JSONB            NOT NULL,
    second       JSONB            NOT NULL,
    why          JSONB            NOT NULL,
    state        TEXT             NOT NULL CHECK (state IN ('open', 'accepted', 'corrected', 'dismissed')),
    given        JSONB            NOT NULL,
    driver       TEXT             NOT NULL, -- that holds: of given, else of labels
    concern      TEXT,
    before       JSONB            NOT NULL,
    version      BIGINT           NOT NULL,
    PRIMARY KEY (space, id),
    UNIQUE (space, conversation, at, seq, start_byte),
    FOREIGN KEY (space, message) REFERENCES message (space, id),
    FOREIGN KEY (space, concern) REFERENCES concern (space, id)
);
CREATE INDEX finding_said ON finding (space, engagement, conversation, at, seq, start_byte);
CREATE INDEX finding_state ON finding (space, engagement, state, conversation, at, seq, start_byte);
CREATE INDEX finding_driver ON finding (space, engagement, state, driver);
CREATE INDEX finding_concern ON finding (space, concern) WHERE concern IS NOT NULL;
CREATE INDEX finding_message ON finding (space, message);
CREATE INDEX finding_stakeholder ON finding (space, stakeholder);

-- data is text, not JSONB: its bytes are part of the hash.
CREATE TABLE event (
    space      TEXT   NOT NULL REFERENCES workspace (id),
    seq        BIGINT NOT NULL,
    id         TEXT   NOT NULL UNIQUE,
    time       BIGINT NOT NULL,
    member     TEXT   NOT NULL, -- empty: Parley itself
    kind       TEXT   NOT NULL,
    engagement TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    data       TEXT   NOT NULL,
    prev       TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    PRIMARY KEY (space, seq)
);
CREATE INDEX event_engagement ON event (space, engagement, seq);
CREATE INDEX event_subject ON event (space, subject, seq);

-- Answers to requests that carry a key, so that sending one again does not do it again.
CREATE TABLE answer (
    space   TEXT   NOT NULL,
    member  TEXT   NOT NULL,
    key     TEXT   NOT NULL,
    request TEXT   NOT NULL, -- fingerprint of what was asked
    body    BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (space, member, key)
);
CREATE INDEX answer_created ON answer (created);

-- Failed sign-ins, by email and by address, so that guessing is slow on every replica.
CREATE TABLE attempt (
    who   TEXT   NOT NULL,
    slot  BIGINT NOT NULL, -- the minute
    count BIGINT NOT NULL,
    PRIMARY KEY (who, slot)
);
