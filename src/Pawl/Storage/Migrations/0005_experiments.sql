-- An experiment. contract: its canonical JSON, which never changes. progress: how far it has come. active: 1 until it has ended.
create table experiments (
    id text primary key,
    version bigint not null,
    active bigint not null,
    registered_at bigint not null,
    contract text not null,
    progress text not null
);

-- A look as it was made. A row never changes, and the receipt of the look holds its digest.
create table experiment_looks (
    experiment text not null,
    number bigint not null,
    at bigint not null,
    report text not null,
    primary key (experiment, number)
);

-- Tickets where no other desk is named.
create table tickets (
    id text primary key,
    experiment text not null,
    at bigint not null,
    title text not null,
    description text not null,
    severity text not null,
    owners text not null
);

create index tickets_experiment on tickets (experiment, at);

-- Pages as they were, by the SHA-256 of the page.
create table snapshots (
    digest text primary key,
    html text not null,
    data text not null
)
