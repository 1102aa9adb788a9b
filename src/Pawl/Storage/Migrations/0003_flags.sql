-- A flag as it stands. document: its JSON without the version.
create table flags (
    key text primary key,
    version bigint not null,
    archived bigint not null,
    document text not null
);

-- Every version it had, and the receipt of the change.
create table flag_versions (
    key text not null,
    version bigint not null,
    document text not null,
    at bigint not null,
    actor text not null,
    why text not null,
    receipt bigint not null,
    reference text not null,
    primary key (key, version)
);

-- Moves on with every change of any flag.
insert into heads (name, value) values ('flags', 0);

-- What a unit got first. A row never changes.
create table sticky_assignments (
    attribute text not null,
    value text not null,
    experiment text not null,
    variation text not null,
    primary key (attribute, value, experiment)
)
