-- Counters that rise without gaps, in the order of commits.
create table heads (
    name text primary key,
    value bigint not null
);

insert into heads (name, value) values ('run_events', 0), ('run_events_folded', 0), ('runs', 0);

-- Processes that record. A fenced one was given up for dead, and its runs to another.
create table run_owners (
    id text primary key,
    host text not null,
    boot text not null,
    process_id bigint not null,
    process_start bigint not null,
    heartbeat_at bigint not null,
    fenced bigint not null
);

-- What was acknowledged, append-only: a row is one commit's events, a JSON line each, numbered up to seq.
create table run_events (
    seq bigint primary key,
    count bigint not null,
    lines text not null
);

-- From here on: folded from the events, for reading.
create table runs (
    no bigint primary key,
    id text not null unique,
    goal_id text not null,
    status text not null,
    started_at bigint not null,
    completed_at bigint,
    owner_id text,
    last_event bigint not null,
    next_decision bigint not null,
    next_problem bigint not null,
    node_id text,
    decisions bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    problems bigint not null,
    import_key text unique,
    nodes text not null,
    edges text not null,
    started text not null,
    ended text
);

create index runs_goal on runs (goal_id, status, started_at);
create index runs_started on runs (started_at);
create index runs_running on runs (owner_id) where status = 'running';

create table decisions (
    run_no bigint not null,
    n bigint not null,
    id text not null,
    goal_id text not null,
    node_id text not null,
    intent text not null,
    decision_type text not null,
    chosen_option_id text not null,
    succeeded bigint,
    fingerprint text,
    decided text not null,
    outcome text,
    earlier_outcomes text,
    evaluation text,
    primary key (run_no, n)
);

create index decisions_failures on decisions (goal_id, fingerprint, run_no, n, node_id, id) where fingerprint is not null;

create table problems (
    run_no bigint not null,
    n bigint not null,
    severity text not null,
    description text not null,
    root_cause text,
    body text not null,
    primary key (run_no, n)
);

-- How often each kind of decision came out how: what the insights read instead of every decision.
create table decision_counts (
    key text primary key,
    goal_id text not null,
    node_id text not null,
    intent text not null,
    decision_type text not null,
    chosen_option_id text not null,
    option_ids text not null,
    succeeded bigint,
    fingerprint text,
    count bigint not null
);

create index decision_counts_goal on decision_counts (goal_id)
