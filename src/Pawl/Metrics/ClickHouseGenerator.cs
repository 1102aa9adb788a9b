using System.Globalization;

namespace Pawl.Metrics;

/// <summary>
/// Writes the one statement that answers a query for ClickHouse, in what 18.16 and those of today both read: no common table
/// expressions, no window functions, and parameters in a table of one row that is sent along. From the inside out: values, joined with
/// the exposed units, which are the smaller side and are kept in memory once; the units' totals; the arms' sums. Where ranks are
/// needed, the totals become arrays and rows again, so that no table is read twice.
/// </summary>
/// <remarks>
/// An alias hides the column of its name in the whole SELECT, so no SELECT gives a name that it uses otherwise. 18.16 analyses a
/// subquery several times for each one around it, so there are as few as can be.
/// </remarks>
internal sealed class ClickHouseGenerator(string exposures)
{
    /// <summary>The table of parameters.</summary>
    public const string ParameterTable = "pawl_parameters";

    // What is known of a unit beside its first exposure, as one number: the join repeats it for each value. The arm by number comes first.
    private const int ArmsMax = 1 << 15;
    private const int Fault = ArmsMax;
    private const int Counted = 4 * Fault;
    private const int Single = 2 * Counted;
    private const int Times = 2 * Single;
    private const long Never = long.MaxValue / 2;

    /// <summary>The statement; its columns are those that <see cref="SqlAnswer"/> reads.</summary>
    public SqlStatement Write(MetricQuery query)
    {
        var parameters = SqlParameters.Bind(query, at => Microseconds(at - DateTimeOffset.UnixEpoch), length => Microseconds(length));
        // The user's own columns have whole seconds, mostly: what reads up to a second more is cut exactly outside.
        parameters["start_at"] = Second(query.Start);
        parameters["until_at"] = Second(query.Watermark.AddTicks(TimeSpan.TicksPerSecond - 1));
        return new SqlStatement(query.Metric.Kind == MetricKind.Quantile ? Quantile(query) : Sums(query), parameters);
    }

    private static object Microseconds(TimeSpan length) => length.Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset Second(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(at.ToUnixTimeSeconds(), 0, uint.MaxValue));

    /// <summary>Mean, proportion, ratio and CUPED: sums over the units' totals, cut where there is a cap.</summary>
    private string Sums(MetricQuery query)
    {
        var isPair = query.Metric is { Kind: MetricKind.Ratio } or { Covariate: not null };
        var second = isPair ? ", sum(total_2) as sum_2, sum(total_2 * total_2) as squares_2, sum(total_1 * total_2) as products" : "";
        var totals = Totals(query, isPair);
        var (cut, from) = query.Metric.Cap is null ? ("", $"({totals})") : Cut(totals, isPair);
        return $"""
            {cut}select of_arm as arm, count() as exposed, sum(1 - is_single) as crossovers, sum(shown_times) as exposures, max(worst) as fault,
            sum(is_counted) as units, sum(total_1 != 0) as nonzero, sum(total_1) as sum_1, sum(total_1 * total_1) as squares_1,
            sum(total_1 * total_1 * total_1) as cubes_1{second}
            from {from}
            group by of_arm
            """;
    }

    private string Totals(MetricQuery query, bool isPair)
    {
        var after = After(query);
        var first = query.Metric.Kind == MetricKind.Proportion ? $"max({after} and y != 0)" : $"sum(if({after}, y, 0))";
        var second = query.Metric.Covariate is null ? $"sum(if({after}, d, 0))"
            : $"sum(if(t < first_at and t >= first_at - {Parameter("covariate")}, y, 0))";
        return Units(query, $"toFloat64(ifNull({first}, 0)) as total_1{(isPair ? $", toFloat64(ifNull({second}, 0)) as total_2" : "")}");
    }

    /// <summary>The totals, those of counted units no larger than the value of rank ⌈cap · n⌉ among them.</summary>
    private static (string Cut, string From) Cut(string totals, bool isPair)
    {
        int[] columns = isPair ? [1, 2] : [1];
        return ($"with {Each(i => $"if(is_counted, least(raw_{i}, cap_{i}), 0) as total_{i}")}\n", $"""
            (select groupArray(of_arm) as arms, groupArray(is_single) as singles, groupArray(is_counted) as counts, groupArray(shown_times) as times,
            groupArray(worst) as faults, {Each(i => $"groupArray(total_{i}) as raws_{i}, arraySort(groupArrayIf(total_{i}, is_counted)) as sorted_{i}, "
                + $"sorted_{i}[toUInt64(ceil({Parameter("cap")} * length(sorted_{i})))] as cap_{i}")}
            from ({totals}))
            array join arms as of_arm, singles as is_single, counts as is_counted, times as shown_times, faults as worst, {Each(i => $"raws_{i} as raw_{i}")}
            """);

        string Each(Func<int, string> one) => string.Join(", ", columns.Select(one));
    }

    /// <summary>The quantile and the ends of its interval by rank, and the clusters' sums around it.</summary>
    private string Quantile(MetricQuery query)
    {
        var level = Parameter("level");
        var half = $"{Parameter("z")} * sqrt({level} * (1 - {level}) / greatest(size, 1))";
        var over = query.Threshold is null ? "" : $", toFloat64(arrayCount(v -> v > {Parameter("threshold")}, ys)) as higher, higher - (1 - {level}) * m as beyond";
        var overSums = query.Threshold is null ? "" : ", sum(higher) as above, sum(beyond) as excess, sum(beyond * beyond) as excess_squares";
        return $"""
            with toFloat64(length(ys)) as m, toFloat64(arrayCount(v -> v <= middle, ys)) as below{over}
            select of_arm as arm, any(arm_exposed) as exposed, any(arm_crossovers) as crossovers, any(arm_exposures) as exposures, any(arm_fault) as fault,
            any(arm_units) as units, 0 as value_fault, any(size) as n, any(middle) as q, any(lower) as q_lower, any(upper) as q_upper,
            sum(m > 0) as clusters, sum(below) as s, sum(below * below) as ss, sum(m * m) as nn, sum(below * m) as sn{overSums}
            from (select of_arm, count() as arm_exposed, sum(1 - is_single) as arm_crossovers, sum(shown_times) as arm_exposures, max(worst) as arm_fault,
            sum(is_counted) as arm_units, groupArray(cluster) as all_clusters, arraySort(groupArrayArray(cluster)) as sorted, length(sorted) as size,
            sorted[{Rank(level)}] as middle, sorted[{Rank($"({level} - {half})")}] as lower, sorted[{Rank($"({level} + {half})")}] as upper
            from ({Units(query, $"groupArrayIf(assumeNotNull(y), {After(query)}) as cluster")})
            group by of_arm)
            array join all_clusters as ys
            group by of_arm
            """;
    }

    // Never 0, which is no place in an array; past its end there is nothing, which counts as 0.
    private static string Rank(string level) => $"toUInt64(greatest(1, least(toFloat64(size), ceil({level} * size))))";

    /// <summary>A row for each exposed unit with its arm by number, and what is made of its values.</summary>
    private string Units(MetricQuery query, string columns) => $"""
        select any(packed) as state, toInt16(state % {ArmsMax}) - 1 as of_arm, intDiv(state, {Single}) % 2 as is_single, intDiv(state, {Counted}) % 2 = 1 as is_counted,
        intDiv(state, {Times}) as shown_times, greatest(intDiv(state, {Fault}) % {Counted / Fault}, toInt64(ifNull(max(value_fault), 0))) as worst, {columns}
        from ({Values(query)})
        all right join ({Exposed(query)}) using who
        group by who
        """;

    // The values of a unit that count: from its first exposure on, up to the end of its window or else the watermark, which the values end at.
    // The first exposure of one that is not counted comes after all values.
    private static string After(MetricQuery query) =>
        "t >= first_at" + (query.EffectiveWindow is null ? "" : $" and t < first_at + {Parameter("window")}");

    /// <summary>Each exposed unit with its first exposure, its arm by number, and whether it is counted.</summary>
    private string Exposed(MetricQuery query)
    {
        var arms = Enumerable.Range(0, query.Arms.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        var number = string.Concat(arms.Select(i => $"name = {Parameter("arm_" + i)}, {i}, "));
        var firsts = string.Concat(arms.Select(i => $", countIf(number = {i}) as times_{i}, minIf(time, number = {i}) as at_{i}"));
        var first = string.Concat(arms.Select(i => $"times_{i} > 0 and at_{i} = first_seen, {i}, "));
        var closed = query.EffectiveWindow is null ? "" : $" and first_seen + {Parameter("window")} <= {Parameter("until")}";
        return $"""
            with {At} as moment, ifNull(moment, 0) as time, ifNull(toString(variant), '') as name, toInt16(multiIf({number}-1)) as number
            select assumeNotNull(unit) as who, min(time) as first_seen, min(number) as low, max(number) as high, low = high as single,
            single and low >= 0{closed} as counted, if(counted, first_seen, toInt64({Never})) as first_at{firsts},
            toInt64(count()) * {Times} + single * {Single} + counted * {Counted} + max(isNull(moment)) * {(int)DataFault.NoInstant * Fault}
            + multiIf(single, low, {first}-1) + 1 as packed
            from (
            {Own(exposures)}
            )
            where isNotNull(unit) and (isNull(moment) or (moment >= {Parameter("start")} and moment < {Parameter("stop")}))
            group by who
            """;
    }

    private static string Values(MetricQuery query)
    {
        var metric = query.Metric;
        if (metric.Denominator is not { } denominator) return Rows(metric.Input, "number as y");
        return Rows(metric.Input, "number as y, toFloat64(0) as d") + "\nunion all\n" + Rows(denominator, "toFloat64(0) as y, number as d");
    }

    // A row whose time cannot be read has no place in a range and must not vanish for that.
    private static string Rows(MetricInput input, string columns) => $"""
        with {At} as moment, toFloat64(value) as v, ifNull(v, 0) as number
        select assumeNotNull(unit) as who, ifNull(moment, 0) as t, {columns},
        multiIf(isNull(moment), {(int)DataFault.NoInstant}, isNaN(number) or isInfinite(number), {(int)DataFault.NotFinite}, 0) as value_fault
        from (
        {(input is MetricInput.Sql own ? Own(own.Text) : throw new ArgumentException("The source holds no events; give the metric a statement."))}
        )
        where isNotNull(unit) and (value_fault > 0 or (moment >= {Parameter("earliest")} and moment < {Parameter("until")} and isNotNull(v)))
        """;

    /// <summary>
    /// The column `at` in microseconds since 1970, null where it is null. Of a Date, a DateTime or, where there is one, a DateTime64: the
    /// first function takes nothing else, and its name in an error tells a wrong time from a wrong number.
    /// </summary>
    private static string At =>
        $"toInt64(round({ClickHouseFault.OfTimeAlone}(at) * 0 + toFloat64(at) * if(toTypeName(at) like '%DateTime%', 1000000, 86400000000)))";

    // The scalar is a constant to ClickHouse; newer ones think that it might be null.
    private static string Parameter(string name) => $"assumeNotNull((select {name} from {ParameterTable}))";

    private static string Own(string sql) => SelectText.Replace(sql, name => Parameter(name == "flag" ? name : name + "_at"));
}
