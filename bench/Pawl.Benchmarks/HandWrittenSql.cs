namespace Pawl.Benchmarks;

/// <summary>The SQL that a good analyst writes for these rows and no others: first exposure, crossovers left out, values from the first exposure on.</summary>
/// <param name="start">The start as a literal.</param>
/// <param name="end">The end as a literal.</param>
/// <param name="before">The first exposure less the covariate's time.</param>
/// <param name="events">The events as a FROM.</param>
/// <param name="earliest">The start less the covariate's time as a literal; null where each unit's events are searched for, and not all read.</param>
internal class HandWrittenSql(string start, string end, string before, string events, string? earliest = null)
{
    private const string Sums = "count(*), sum(y), sum(y * y), sum(y * y * y), sum(case when y <> 0 then 1 else 0 end)";

    protected string Start => start;

    protected string End => end;

    /// <summary>The statement that answers a kind of question, a row for each arm in order.</summary>
    public virtual string Write(HandKind kind) => kind switch
    {
        HandKind.Mean => Select(Sums, Totals("coalesce(sum(e.value), 0) as y")),
        HandKind.Proportion => Select("count(*), sum(y)", Totals("coalesce(max(case when e.value <> 0 then 1 else 0 end), 0) as y")),
        HandKind.Ratio => Select(
            Sums + ", sum(d), sum(d * d), sum(y * d)",
            Totals("sum(case when e.name = 'order' then e.value else 0 end) as y, sum(case when e.name = 'visit' then e.value else 0 end) as d", names: "('order', 'visit')")),
        HandKind.Cuped => Select(
            Sums + ", sum(x), sum(x * x), sum(y * x)",
            Totals("sum(case when e.at >= s.first_at then e.value else 0 end) as y, sum(case when e.at < s.first_at then e.value else 0 end) as x", from: before, earliest: earliest)),
        HandKind.Capped => Select(Sums, Totals("coalesce(sum(e.value), 0) as y"), $"(select t.variant, {Least("t.y", "c.y")} as y from totals t cross join ({CapOfTotals}) c) capped"),
        _ => Quantile(),
    };

    protected virtual string CapOfTotals => $"select percentile_disc({Text(MetricQuestion.Cap)}) within group (order by y) as y from totals";

    protected virtual string Quantiles => $"select variant, percentile_disc({Text(MetricQuestion.Level)}) within group (order by y) as y from observed group by variant";

    protected virtual string Least(string a, string b) => $"least({a}, {b})";

    protected static string Text(double number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private string Shown => $"""
        with shown as (
          select unit, min(at) as first_at, min(variant) as variant from exposures
          where flag = '{MetricRows.Flag}' and at >= {start} and at < {end}
          group by unit having min(variant) = max(variant))
        """;

    // Events from before the start are left out as they are read, so that they are not joined.
    private string Since(string? literal) => earliest is null ? "" : $" and e.at >= {literal ?? start}";

    private string Totals(string columns, string from = "s.first_at", string names = "('order')", string? earliest = null) => $"""
        {Shown},
        totals as (
          select s.unit, s.variant, {columns}
          from shown s left join {events} e on e.unit = s.unit and e.name in {names}{Since(earliest)} and e.at >= {from} and e.at < {end}
          group by s.unit, s.variant)
        """;

    private static string Select(string columns, string totals, string from = "totals") => $"{totals}\nselect {columns} from {from} group by variant order by variant";

    private string Quantile() => $"""
        {Shown},
        observed as (
          select s.unit, s.variant, e.value as y from shown s join {events} e on e.unit = s.unit and e.name = 'order'{Since(null)} and e.at >= s.first_at and e.at < {end}),
        quantiles as ({Quantiles}),
        clusters as (
          select o.variant, o.unit, q.y, count(*) as n, sum(case when o.y <= q.y then 1 else 0 end) as s
          from observed o join quantiles q on q.variant = o.variant group by o.variant, o.unit, q.y)
        select sum(n), max(y), count(*), sum(s), sum(s * s), sum(n * n), sum(s * n) from clusters group by variant order by variant
        """;
}

/// <summary>The same in SQLite, which has no percentiles.</summary>
internal sealed class HandWrittenSqlite(string start, string end, string before, string events) : HandWrittenSql(start, end, before, events)
{
    protected override string CapOfTotals =>
        $"select y from totals order by y limit 1 offset (select (count(*) * {MetricQuestion.Cap * 100:0} + 99) / 100 - 1 from totals)";

    protected override string Quantiles => $"""
        select variant, max(case when rank = (n * {MetricQuestion.Level * 100:0} + 99) / 100 then y end) as y
        from (select variant, y, row_number() over (partition by variant order by y) as rank, count(*) over (partition by variant) as n from observed) group by variant
        """;

    protected override string Least(string a, string b) => $"min({a}, {b})";
}

/// <summary>The same in ClickHouse, old and new: without WITH, and with a function for what is not standard.</summary>
internal sealed class HandWrittenClickHouse(string start, string end) : HandWrittenSql(start, end, "", "")
{
    private const string Sums = "count(), sum(y), sum(y * y), sum(y * y * y), sum(y != 0)";

    public override string Write(HandKind kind) => kind switch
    {
        HandKind.Mean => Select(Sums, "sumIf(value, at >= first_at) as y"),
        HandKind.Proportion => Select("count(), sum(y)", "max(at >= first_at and value != 0) as y"),
        HandKind.Ratio => Select(
            Sums + ", sum(d), sum(d * d), sum(y * d)", "sumIf(value, name = 'order' and at >= first_at) as y, sumIf(value, name = 'visit' and at >= first_at) as d", "('order', 'visit')"),
        HandKind.Cuped => Select(
            Sums + ", sum(x), sum(x * x), sum(y * x)",
            $"sumIf(value, at >= first_at) as y, sumIf(value, at < first_at and at >= first_at - {MetricQuestion.Covariate.TotalSeconds:0}) as x",
            since: $"{Start} - {MetricQuestion.Covariate.TotalSeconds:0}"),
        HandKind.Capped => Select(
            "count(), sum(z), sum(z * z), sum(z * z * z), sum(z != 0)", "sumIf(value, at >= first_at) as y", from: totals =>
                $"(select arm, least(y, c) as z from (select groupArray(arm) as arms, groupArray(y) as ys, arraySort(ys)[toUInt64(ceil({Text(MetricQuestion.Cap)} * length(ys)))] as c from {totals}) array join arms as arm, ys as y)"),
        _ => Quantile(),
    };

    private string Select(string columns, string totals, string names = "('order')", string? since = null, Func<string, string>? from = null)
    {
        var units = $"(select any(variant_of) as arm, {totals} from {Joined(names, since ?? Start)} group by unit)";
        return $"select {columns} from {from?.Invoke(units) ?? units} group by arm order by arm";
    }

    private string Joined(string names, string since) => $"""
        (select unit, name, at, toFloat64(value) as value from events where name in {names} and at >= {since} and at < {End})
        all right join (select unit, min(at) as first_at, min(variant) as variant_of from exposures
          where flag = '{MetricRows.Flag}' and at >= {Start} and at < {End} group by unit having min(variant) = max(variant)) using unit
        """;

    private string Quantile() => $"""
        select sum(n), max(q), count(), sum(s), sum(s * s), sum(n * n), sum(s * n)
        from (select arm, q, toFloat64(length(cluster)) as n, toFloat64(arrayCount(v -> v <= q, cluster)) as s
          from (select arm, groupArray(ys) as clusters, arraySort(groupArrayArray(ys)) as sorted, sorted[toUInt64(ceil({Text(MetricQuestion.Level)} * length(sorted)))] as q
            from (select any(variant_of) as arm, groupArrayIf(value, at >= first_at) as ys from {Joined("('order')", Start)} group by unit) group by arm)
          array join clusters as cluster)
        where n > 0 group by arm order by arm
        """;
}
