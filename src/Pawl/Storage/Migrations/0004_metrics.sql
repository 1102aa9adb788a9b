-- Who was shown which variant of a flag, as it was posted. The id is the sender's.
create table exposures (
    id text not null primary key,
    flag text not null,
    unit text not null,
    variant text not null,
    at bigint not null
);

create index exposures_flag on exposures (flag, at, unit, variant);

-- What units did, as it was posted. An event without a value counts as 1.
create table events (
    id text not null primary key,
    name text not null,
    unit text not null,
    at bigint not null,
    value double precision
);

-- A unit's events are searched from its first exposure on.
create index events_unit on events (name, unit, at, value)
