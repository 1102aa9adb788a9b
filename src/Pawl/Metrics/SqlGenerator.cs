using System.Globalization;

namespace Pawl.Metrics;

/// <summary>
/// Writes the one statement that answers a query. From the inside out: exposures; each unit with its first exposure, arm and whether it
/// is counted; its values, the times compared inside the sums; the units' totals; the arms' sums.
/// </summary>
internal sealed class SqlGenerator(SqlDialect dialect, SqlTables tables)
{
    /// <summary>The statement; its columns are those that <see cref="SqlAnswer"/> reads.</summary>
    public SqlStatement Write(MetricQuery query)
    {
        var parameters = SqlParameters.Bind(query, dialect.Bound, dialect.Bound);
        var text = query.Metric.Kind == MetricKind.Quantile ? Quantile(query) : Sums(query);
        return new SqlStatement(text, parameters);
    }

    /// <summary>Mean, proportion, ratio and CUPED: sums over the units' totals, cut where there is a cap.</summary>
    private string Sums(MetricQuery query)
    {
        var metric = query.Metric;
        var totals = Totals(query);
        List<string> columns = [.. metric.Kind == MetricKind.Ratio ? ["y", "d"] : metric.Covariate is null ? (string[])["y"] : ["y", "x"]];
        var cut = metric.Cap is null ? $"({totals}) t" : "(select arm, single, counted, exposures, fault, "
            + string.Join(", ", columns.Select(c => $"case when counted = 1 then {dialect.Least(c, dialect.Percentile("pawl_totals", c))} else 0 end as {c}")) + " from pawl_totals) t";
        var second = columns.Count == 1 ? "" : $", sum({columns[1]}) as sum_2, sum({columns[1]} * {columns[1]}) as squares_2, sum(y * {columns[1]}) as products";
        return (metric.Cap is null ? "" : $"with pawl_totals as materialized ({totals})\n")
            + $"""
            select arm, count(*) as exposed, sum(1 - single) as crossovers, sum(exposures) as exposures, max(fault) as fault, sum(counted) as units,
              sum(case when y <> 0 then 1 else 0 end) as nonzero, sum(y) as sum_1, sum(y * y) as squares_1, sum(y * y * y) as cubes_1{second}
            from {cut}
            group by arm
            """;
    }

    private string Totals(MetricQuery query)
    {
        var metric = query.Metric;
        var after = After(query);
        var y = metric.Kind == MetricKind.Proportion ? $"max(case when {after} and y <> 0 then 1 else 0 end)" : Sum(after, "y");
        var second = metric.Kind == MetricKind.Ratio ? $",\n  {Sum(after, "d")} as d"
            : metric.Covariate is null ? ""
            : $",\n  {Sum("counted = 1 and at < first_at and at >= first_at - @covariate", "y")} as x";
        return $"""
            select unit, max(arm) as arm, max(single) as single, max(counted) as counted, max(exposures) as exposures,
              case when max(fault) >= coalesce(max(value_fault), 0) then max(fault) else max(value_fault) end as fault,
              {y} as y{second}
            from {WithValues(Units(query), query)}
            group by unit
            """;
    }

    private static string Sum(string when, string column) => $"sum(case when {when} then coalesce({column}, 0) else 0 end)";

    // The values of a unit that count: from its first exposure on, up to the end of its window or else the watermark, which the values end at.
    private static string After(MetricQuery query) =>
        "counted = 1 and at >= first_at" + (query.EffectiveWindow is null ? "" : " and at < first_at + @window");

    /// <summary>Each exposed unit with its first exposure, its arm by number, and whether it is counted.</summary>
    private string Units(MetricQuery query)
    {
        var arms = Enumerable.Range(0, query.Arms.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        var firsts = string.Concat(arms.Select(i => $", min(case when arm = {i} then at end) as at_{i}"));
        var first = string.Concat(arms.Select(i => $" when at_{i} = first_at then {i}"));
        var closed = query.EffectiveWindow is null ? "" : " and first_at + @window <= @until";
        var (ended, hasEnded) = tables.Runs is null ? ("", "") : (", min(ended) as ended", " and ended = 1");
        var end = tables.Runs is null ? "" : ", ended";
        return $"""
            select unit, first_at, exposures, fault, case when low = high then low{first} else -1 end as arm,
              case when low = high then 1 else 0 end as single,
              case when low = high and low >= 0{closed}{hasEnded} then 1 else 0 end as counted
            from (
              select unit, min(at) as first_at, min(arm) as low, max(arm) as high, count(*) as exposures, max(fault) as fault{firsts}{ended}
              from (
                select unit, at, arm{end}, {dialect.InstantFault("at")} as fault
                from (select {dialect.Unit("s.unit")} as unit, {dialect.At("s.at")} as at{end}, case cast(s.variant as text)
                  {string.Join(' ', arms.Select(i => $"when @arm_{i} then {i}"))} else -1 end as arm from (
            {tables.Exposures}
            ) s{dialect.Once}) n) e
              where unit is not null and {Kept("at >= @start and at < @stop")}
              group by unit) f
            """;
    }

    private string WithValues(string units, MetricQuery query) =>
        dialect.WithValues(units, Values(query), query.Metric.Denominator is null ? ["at", "y", "value_fault"] : ["at", "y", "d", "value_fault"]);

    private string Values(MetricQuery query)
    {
        var metric = query.Metric;
        if (metric.Denominator is not { } denominator) return Rows(metric.Input, "event", "value as y");
        return Rows(metric.Input, "event", "value as y, 0 as d") + "\nunion all\n" + Rows(denominator, "event_below", "0 as y, value as d");
    }

    private string Rows(MetricInput input, string parameter, string columns)
    {
        var sql = input switch
        {
            MetricInput.Sql own => own.Text,
            MetricInput.Event when tables.Events is { } events => string.Format(CultureInfo.InvariantCulture, events, "@" + parameter),
            MetricInput.Run run when tables.Runs is { } runs => runs(run.Of),
            _ => throw new ArgumentException("The source holds no events; give the metric a statement."),
        };
        return $"""
            select unit, at, fault as value_fault, {columns}
            from (select unit, at, value, {dialect.ValueFault("at", "value")} as fault
              from (select {dialect.Unit("s.unit")} as unit, {dialect.At("s.at")} as at, {dialect.Number("s.value")} as value from (
            {sql}
            ) s{dialect.Once}) n) r
            where {Kept("at >= @earliest and at < @until")}
            """;
    }

    /// <summary>The quantile and the ends of its interval by rank, and the clusters' sums around it.</summary>
    private string Quantile(MetricQuery query)
    {
        const string half = "@z * sqrt(@level * (1 - @level) / n)";
        var over = query.Threshold is null ? "" : ", sum(case when o.y > @threshold then 1 else 0 end) as above";
        // Σ1{x > τ} − (1 − ν)·count of a unit
        const string excess = "(above - (1 - @level) * n)";
        var overSums = query.Threshold is null ? "" : $", sum(above) as above, sum({excess}) as excess, sum({excess} * {excess}) as excess_squares";
        return $"""
            with pawl_units as materialized ({Units(query)}),
            pawl_observed as materialized (
              select unit, arm, y, value_fault
              from {WithValues("select * from pawl_units", query)}
              where value_fault > 0 or ({After(query)} and y is not null)),
            pawl_ranked as (
              select arm, y, row_number() over (partition by arm order by y) as rank, count(*) over (partition by arm) as n from pawl_observed),
            pawl_quantiles as materialized (
              select arm, max(n) as n,
                max(case when rank = {Rank("@level")} then y end) as q,
                max(case when rank = {Rank($"(@level - {half})")} then y end) as q_lower,
                max(case when rank = {Rank($"(@level + {half})")} then y end) as q_upper
              from pawl_ranked group by arm),
            pawl_clusters as (
              select o.arm, o.unit, count(*) as n, sum(case when o.y <= q.q then 1 else 0 end) as s, max(o.value_fault) as fault{over}
              from pawl_observed o join pawl_quantiles q on q.arm = o.arm group by o.arm, o.unit),
            pawl_sums as (
              select arm, count(*) as clusters, sum(s) as s, sum(s * s) as ss, sum(n) as n, sum(n * n) as nn, sum(s * n) as sn, max(fault) as fault{overSums}
              from pawl_clusters group by arm),
            pawl_arms as (
              select arm, count(*) as exposed, sum(1 - single) as crossovers, sum(exposures) as exposures, max(fault) as fault, sum(counted) as units
              from pawl_units group by arm)
            select a.arm, a.exposed, a.crossovers, a.exposures, a.units, a.fault, s.fault as value_fault, q.n, q.q, q.q_lower, q.q_upper,
              s.clusters, s.s, s.ss, s.nn, s.sn{(query.Threshold is null ? "" : ", s.above, s.excess, s.excess_squares")}
            from pawl_arms a left join pawl_quantiles q on q.arm = a.arm left join pawl_sums s on s.arm = a.arm
            """;
    }

    // A row whose time cannot be read has no place in a range and must not vanish for that.
    private string Kept(string range) => dialect.IsChecked ? range : $"(fault > 0 or ({range}))";

    private static string Rank(string level) =>
        $"(case when ceil({level} * n) < 1 then 1 when ceil({level} * n) > n then n else ceil({level} * n) end)";
}
