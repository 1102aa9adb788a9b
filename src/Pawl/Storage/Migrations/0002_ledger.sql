-- One row: how many receipts there are, and the roots of the whole subtrees they make up.
create table ledger_head (
    id bigint primary key,
    size bigint not null,
    peaks bytea not null
);

insert into ledger_head (id, size, peaks) values (1, 0, '');

-- A receipt's fields are its entry: the leaf is hashed from them and nothing else. nodes: the leaf's hash and those of the subtrees that end with it.
create table receipts (
    seq bigint primary key,
    kind text not null,
    tool text not null,
    ok bigint not null,
    ref text not null,
    key text not null,
    args_digest text not null,
    actor text not null,
    at bigint not null,
    subject text not null,
    contract text,
    message text not null,
    data text,
    data_digest text,
    nodes bytea not null
);

create unique index receipts_completed on receipts (key) where ok = 1;
create index receipts_attempts on receipts (key, seq) where ok = 0;
create index receipts_intents on receipts (seq) where kind = 'intent';
create index receipts_ref on receipts (ref, seq);
create index receipts_subject on receipts (subject, seq);
create index receipts_contract on receipts (contract, seq) where contract is not null;

-- Data too large for an entry, which holds its digest instead.
create table ledger_bodies (
    digest text primary key,
    body text not null
);

create table ledger_checkpoints (
    size bigint primary key,
    note text not null
);

create table ledger_signers (
    key_id text primary key,
    name text not null,
    public_key text not null
);
