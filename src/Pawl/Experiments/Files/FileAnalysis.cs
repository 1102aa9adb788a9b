using System.Globalization;
using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>
/// The analysis of an experiment whose rows are in a CSV file: one row per unit, or several, which add up. Memory grows with units, by
/// up to 150 bytes each with one metric, not with rows or with the length of ids.
/// </summary>
public sealed record FileAnalysis
{
    /// <summary>The column of the unit's id.</summary>
    public required string Unit { get; init; }

    /// <summary>The column of the arm's name.</summary>
    public required string Arm { get; init; }

    /// <summary>The name of the control.</summary>
    public required string Control { get; init; }

    /// <summary>The metrics, at least one and at most <see cref="Limits.AnalysisMetrics"/>.</summary>
    public required IReadOnlyList<MetricColumn> Metrics { get; init; }

    /// <summary>How effects are tested: <see cref="AnalysisMethod.Fixed"/> or <see cref="AnalysisMethod.Sequential"/>.</summary>
    public required AnalysisRule Rule { get; init; }

    /// <summary>The split agreed on; null for an even one.</summary>
    public ArmSplit? Split { get; init; }

    /// <summary>Reads a file to its end and says what it shows.</summary>
    /// <param name="content">RFC 4180 in UTF-8 with a heading. Closed.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="BadInputException">The file, or the request in the light of the file, is refused; the message says where and why.</exception>
    public AnalysisReport Run(Stream content, string name)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (Rule.Method == AnalysisMethod.Peeking) throw new BadInputException("One file is one look, at which nobody can peek. Take the method fixed or sequential.");
        if (Metrics.Count is 0 or > Limits.AnalysisMetrics)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"Name from 1 to {Limits.AnalysisMetrics} metrics, not {Metrics.Count}."));
        if (Metrics.CountBy(m => m).FirstOrDefault(m => m.Value > 1).Key is { } twice) throw new BadInputException($"The metric {twice.Name} is asked for twice.");
        using var file = new CsvFile(content, name);
        var arms = new ArmNames();
        var units = Read(file, arms);
        if (units.Count == 0) throw new BadInputException($"{name} has no rows below its heading.");
        if (!arms.Found.Contains(Control, StringComparer.Ordinal))
            throw new BadInputException($"No row of {name} has the control {CsvFile.Quoted(Control)} in column {Arm}. It has {string.Join(", ", arms.Found.Order(StringComparer.Ordinal).Select(CsvFile.Quoted))}.");
        if (arms.Found.Count < 2) throw new BadInputException($"All rows of {name} are of the arm {CsvFile.Quoted(Control)}. There is nothing to compare it with.");
        return Report(units, arms);
    }

    private UnitTable Read(CsvFile file, ArmNames arms)
    {
        int unit = file.Column(Unit), arm = file.Column(Arm);
        int[] columns = [.. Metrics.Select(m => file.Column(m.Name))];
        var units = new UnitTable(Metrics.Count);
        while (file.Read())
        {
            var row = units.Row(file.Text(unit), arms.Index(file, arm));
            if (units.Count > Limits.AnalysisUnits)
                throw file.Refuse(unit, string.Create(CultureInfo.InvariantCulture, $"is one unit more than the {Limits.AnalysisUnits} that are read"));
            for (var m = 0; m < columns.Length; m++)
            {
                if (Metrics[m].Kind == MetricKind.Mean) units.Add(row, m, file.Number(columns[m]));
                else units.SetIfLarger(row, m, HasProperty(file, columns[m]) ? 1 : 0);
            }
        }

        return units;
    }

    private static bool HasProperty(CsvFile file, int column)
    {
        var text = file[column];
        if (text is "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase)) return true;
        if (text is "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase)) return false;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is 0 or 1
            ? number == 1
            : throw file.Refuse(column, $"is neither TRUE, FALSE, 1 nor 0, as of a proportion: {CsvFile.Quoted(text)}");
    }

    private AnalysisReport Report(UnitTable units, ArmNames arms)
    {
        var order = arms.Ordered(Control);
        var counts = new long[order.Count];
        var crossovers = 0L;
        for (var row = 0; row < units.Count; row++)
        {
            counts[units.FirstArm(row)]++;
            if (units.IsCrossover(row)) crossovers++;
        }

        var names = order.Select(arm => arms.Found[arm]).ToList();
        var split = new SampleRatioTest(Split?.For(names) ?? [.. names.Select(_ => 1.0)]);
        return new AnalysisReport
        {
            Units = units.Count - crossovers,
            Crossovers = crossovers,
            SplitP = ((SplitResult.Tested)split.Fixed([.. order.Select(arm => counts[arm])])).P,
            Metrics = [.. Metrics.Select((_, m) => new MetricComparison(this, names, ArmSums.Of(units, m, Metrics[m], order)).Report(Metrics[m]))],
        };
    }

    /// <summary>The arms in the order in which the file names them.</summary>
    private sealed class ArmNames
    {
        private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);

        public List<string> Found { get; } = [];

        public int Index(CsvFile file, int column)
        {
            var arm = file.Text(column);
            if (_indexes.TryGetValue(arm, out var index)) return index;
            if (Names.Fault(arm) is { } fault) throw file.Refuse(column, fault);
            if (Found.Count == Limits.AnalysisArms)
                throw file.Refuse(column, string.Create(CultureInfo.InvariantCulture, $"names one arm more than the {Limits.AnalysisArms} that are read: {CsvFile.Quoted(arm)}"));
            Found.Add(arm);
            return _indexes[arm] = Found.Count - 1;
        }

        /// <summary>The control's index, then those of the others by name.</summary>
        public List<int> Ordered(string control) =>
            [.. Enumerable.Range(0, Found.Count).OrderBy(i => Found[i] != control).ThenBy(i => Found[i], StringComparer.Ordinal)];
    }
}
