-- Which variants runs were served, of the runs up to heads.run_served: their starts say it in JSON, which no join can use.
create table run_served (
    flag text not null,
    run_no bigint not null,
    variant text not null,
    primary key (flag, run_no, variant)
);

create index run_served_run on run_served (run_no);

-- What the decisions of a served run that ended came to, as of its last event.
create table run_totals (
    run_no bigint primary key,
    last_event bigint not null,
    tokens bigint not null,
    latency_ms bigint not null
);

insert into heads (name, value) values ('run_served', 0)
