namespace Pawl.Metrics;

/// <summary>
/// Writes the one statement that answers a query. From the inside out: exposures; each unit with its first exposure, arm and whether it
/// is counted; the units' totals over their values; the arms' sums.
/// </summary>
internal sealed class SqlGenerator(SqlDialect dialect, SqlTables tables)
{
    private readonly SqlRows _rows = new(dialect, tables);

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
        string[] columns = metric.Kind == MetricKind.Ratio ? ["y", "d"] : metric.Covariate is null ? ["y"] : ["y", "x"];
        var totals = new SqlTotals(dialect, _rows, query);
        List<string> shared = [.. totals.Tables];
        if (metric.Cap is not null) shared.Add($"pawl_totals as materialized ({totals.Select})");
        var second = columns.Length == 1 ? "" : $", sum({columns[1]}) as sum_2, sum({columns[1]} * {columns[1]}) as squares_2, sum(y * {columns[1]}) as products";
        return (shared.Count == 0 ? "" : $"with {string.Join(",\n", shared)}\n")
            + $"""
            select arm, count(*) as exposed, sum(1 - single) as crossovers, sum(exposures) as exposures, max(fault) as fault, sum(counted) as units,
              sum(case when y <> 0 then 1 else 0 end) as nonzero, sum(y) as sum_1, sum(y * y) as squares_1, sum(y * y * y) as cubes_1{second}
            from ({(metric.Cap is null ? totals.Select : Cut(columns))}) t
            group by arm
            """;
    }

    private string Cut(IEnumerable<string> columns) => "select arm, single, counted, exposures, fault, "
        + string.Join(", ", columns.Select(c => $"case when counted = 1 then {dialect.Least(c, dialect.Percentile("pawl_totals", c))} else 0 end as {c}")) + " from pawl_totals";

    /// <summary>The quantile and the ends of its interval by rank, and the clusters' sums around it.</summary>
    private string Quantile(MetricQuery query)
    {
        const string half = "@z * sqrt(@level * (1 - @level) / n)";
        var over = query.Threshold is null ? "" : ", sum(case when o.y > @threshold then 1 else 0 end) as above";
        // Σ1{x > τ} − (1 − ν)·count of a unit
        const string excess = "(above - (1 - @level) * n)";
        var overSums = query.Threshold is null ? "" : $", sum(above) as above, sum({excess}) as excess, sum({excess} * {excess}) as excess_squares";
        return $"""
            with pawl_units as materialized ({_rows.Units(query)}),
            pawl_observed as materialized (
              select unit, arm, y, value_fault
              from {dialect.WithValues("select * from pawl_units", _rows.Values(query), ["at", "y", "value_fault"])}
              where value_fault > 0 or ({SqlTotals.After(query)} and y is not null)),
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

    private static string Rank(string level) =>
        $"(case when ceil({level} * n) < 1 then 1 when ceil({level} * n) > n then n else ceil({level} * n) end)";
}
