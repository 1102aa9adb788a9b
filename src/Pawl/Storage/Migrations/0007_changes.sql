-- Changes that agents make under supervision: the last stored state of each, as a document.
create table changes (
    id text primary key,
    version bigint not null,
    repository text not null,
    purpose text not null,
    status text not null,
    started_at bigint not null,
    document text not null
);

create index changes_repository on changes (repository, purpose, status, started_at);

-- What a gate said of a commit, so that it is asked once.
create table gate_baselines (
    commit_id text not null,
    gate text not null,
    at bigint not null,
    document text not null,
    primary key (commit_id, gate)
)
