namespace Pawl.Metrics;

/// <summary>How a database is best led from each exposed unit to its values.</summary>
internal enum ValuePath
{
    /// <summary>Those that count are joined and summed for each unit, input by input: for databases that hash, and so never sort values.</summary>
    Join,

    /// <summary>Each unit's are searched for in an index that is known to exist, and summed as they are found.</summary>
    Search,

    /// <summary>Units and values are sorted together, which costs the same whatever indexes there are and whether the database knows how many rows.</summary>
    Sort,
}

/// <summary>Writes the totals: a row for each exposed unit, with the sums of its values that count as y, and as d or x.</summary>
internal sealed class SqlTotals(SqlDialect dialect, SqlRows rows, MetricQuery query)
{
    private const string UnitTable = "pawl_units";

    /// <summary>The common tables that <see cref="Select"/> reads.</summary>
    public IReadOnlyList<string> Tables => dialect.Path == ValuePath.Join ? [$"{UnitTable} as materialized ({rows.Units(query)})"] : [];

    /// <summary>The totals.</summary>
    public string Select => dialect.Path switch
    {
        ValuePath.Join => Joined(),
        ValuePath.Search => Searched(),
        _ => Sorted(),
    };

    /// <summary>The values of a unit that count: from its first exposure on, up to the end of its window or else the watermark, which the values end at.</summary>
    public static string After(MetricQuery query) => $"counted = 1 and at >= first_at{Window(query)}";

    private static string Window(MetricQuery query) => query.EffectiveWindow is null ? "" : " and at < first_at + @window";

    private static string Sum(string when, string column) => $"sum(case when {when} then coalesce({column}, 0) else 0 end)";

    private string Joined()
    {
        var metric = query.Metric;
        var y = metric.Kind == MetricKind.Proportion ? "max(case when y <> 0 then 1 else 0 end) as y"
            : metric.Covariate is null ? "sum(y) as y"
            : "sum(case when at >= first_at then y end) as y, sum(case when at < first_at then y end) as x";
        var (below, second) = metric.Denominator is { } denominator ? ($"\nleft join ({JoinedSums(denominator, false, "sum(y) as d")}) below using (unit)", ", coalesce(below.d, 0) as d")
            : ("", metric.Covariate is null ? "" : ", coalesce(above.x, 0) as x");
        var fault = dialect.IsChecked ? "u.fault" : $"greatest(u.fault, above.value_fault{(below.Length == 0 ? "" : ", below.value_fault")})";
        return $"""
            select arm, single, counted, exposures, {fault} as fault, coalesce(above.y, 0) as y{second}
            from {UnitTable} u left join ({JoinedSums(metric.Input, true, y)}) above using (unit){below}
            """;
    }

    private string JoinedSums(MetricInput input, bool isNumerator, string sums)
    {
        var earliest = query.Metric.Covariate is null ? "first_at" : "first_at - @covariate";
        var counts = $"counted = 1 and at >= {earliest}{Window(query)}";
        return $"""
            select unit, {(dialect.IsChecked ? "" : "max(value_fault) as value_fault, ")}{sums}
            from {UnitTable} join ({rows.Values(input, isNumerator, isSearched: false)}) v using (unit)
            where {(dialect.IsChecked ? counts : $"({counts}) or value_fault > 0")}
            group by unit
            """;
    }

    // The limit keeps the sums from being made anew wherever they are used.
    private string Searched()
    {
        var metric = query.Metric;
        var after = $"at >= first_at{Window(query)}";
        var y = metric.Kind == MetricKind.Proportion ? $"exists ({Found(metric.Input, true, "1", $"{after} and y <> 0")})" : SearchedSum(metric.Input, true, after);
        var second = metric.Denominator is { } denominator ? $",\n  {SearchedSum(denominator, false, after)} as d"
            : metric.Covariate is null ? ""
            : $",\n  {SearchedSum(metric.Input, true, "at >= first_at - @covariate and at < first_at")} as x";
        return $"""
            select arm, single, counted, exposures, fault, {y} as y{second}
            from ({rows.Units(query)}) u
            limit -1
            """;
    }

    private string SearchedSum(MetricInput input, bool isNumerator, string range) => $"coalesce(({Found(input, isNumerator, "sum(y)", range)}), 0)";

    private string Found(MetricInput input, bool isNumerator, string column, string range) =>
        $"select {column} from ({rows.Values(input, isNumerator, isSearched: true)}) v where counted = 1 and v.unit = u.unit and {range}";

    private string Sorted()
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
            from {dialect.WithValues(rows.Units(query), rows.Values(query), metric.Denominator is null ? ["at", "y", "value_fault"] : ["at", "y", "d", "value_fault"])}
            group by unit
            """;
    }
}
