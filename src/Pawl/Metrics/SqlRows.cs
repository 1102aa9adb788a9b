using System.Globalization;

namespace Pawl.Metrics;

/// <summary>Writes the rows that a statement is made of: the exposed units, and their values.</summary>
internal sealed class SqlRows(SqlDialect dialect, SqlTables tables)
{
    private const string Earliest = "at >= @earliest and ";

    /// <summary>Each exposed unit with its first exposure, its arm by number, and whether it is counted.</summary>
    public string Units(MetricQuery query)
    {
        var arms = Enumerable.Range(0, query.Arms.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        var firsts = string.Concat(arms.Select(i => $", min(case when variant = @arm_{i} then at end) as at_{i}"));
        var first = string.Concat(arms.Select(i => $" when at_{i} = first_at then {i}"));
        var seen = string.Join(" + ", arms.Select(i => $"case when at_{i} is null then 0 else 1 end"));
        var closed = query.EffectiveWindow is null ? "" : " and first_at + @window <= @until";
        var (ended, hasEnded) = tables.Runs is null ? ("", "") : (", min(ended) as ended", " and ended = 1");
        var end = tables.Runs is null ? "" : ", ended";
        return $"""
            select unit, first_at, exposures, fault, arm, single, case when single = 1 and arm >= 0{closed}{hasEnded} then 1 else 0 end as counted
            from (
              select unit, first_at, exposures, fault{end}, case{first} else -1 end as arm,
                case when {seen} + case when known < exposures then 1 else 0 end = 1 then 1 else 0 end as single
              from (
                select unit, min(at) as first_at, count(*) as exposures, max(fault) as fault,
                  sum(case when variant in ({string.Join(", ", arms.Select(i => "@arm_" + i))}) then 1 else 0 end) as known{firsts}{ended}
                from (
                  select unit, variant, at{end}, {dialect.InstantFault("at")} as fault
                  from (select {dialect.Unit("s.unit")} as unit, cast(s.variant as text) as variant, {dialect.At("s.at")} as at{end} from (
            {tables.Exposures}
            ) s{dialect.Once}) n) e
                where unit is not null and {Kept("at >= @start and at < @stop")}
                group by unit) g) f
            """;
    }

    /// <summary>The values of the metric as y, of a ratio those of both inputs as y and d.</summary>
    public string Values(MetricQuery query)
    {
        var metric = query.Metric;
        return metric.Denominator is not { } denominator
            ? Values(metric.Input, true, "value as y", Earliest)
            : Values(metric.Input, true, "value as y, 0 as d", Earliest) + "\nunion all\n" + Values(denominator, false, "0 as y, value as d", Earliest);
    }

    /// <summary>The values of one input as y.</summary>
    /// <param name="input">The metric's input or its denominator.</param>
    /// <param name="isNumerator">Whether it is the former.</param>
    /// <param name="isSearched">Whether only those from a unit's first exposure on are searched for, which the earliest time of all would mislead.</param>
    public string Values(MetricInput input, bool isNumerator, bool isSearched) => Values(input, isNumerator, "value as y", isSearched ? "" : Earliest);

    private string Values(MetricInput input, bool isNumerator, string columns, string earliest)
    {
        var sql = input switch
        {
            MetricInput.Sql own => own.Text,
            MetricInput.Event when tables.Events is { } events => string.Format(CultureInfo.InvariantCulture, events, isNumerator ? "@event" : "@event_below"),
            MetricInput.Run run when tables.Runs is { } runs => runs(run.Of),
            _ => throw new ArgumentException("The source holds no events; give the metric a statement."),
        };
        return $"""
            select unit, at, fault as value_fault, {columns}
            from (select unit, at, value, {dialect.ValueFault("at", "value")} as fault
              from (select {dialect.Unit("s.unit")} as unit, {dialect.At("s.at")} as at, {dialect.Number("s.value")} as value from (
            {sql}
            ) s{dialect.Once}) n) r
            where {Kept($"{earliest}at < @until")}
            """;
    }

    // A row whose time cannot be read has no place in a range and must not vanish for that.
    private string Kept(string range) => dialect.IsChecked ? range : $"(({range}) or fault > 0)";
}
