using System.Globalization;

namespace Pawl.Experiments.Files;

/// <summary>
/// What a rule would have decided in experiments that are over, and when, against what their last row shows. A row tells counts, means and
/// variances, not how values are shaped, so readiness cannot be asked; nor is anything known of guardrails or a minimum effect.
/// </summary>
public sealed record Replay
{
    /// <summary>The rule.</summary>
    public required AnalysisRule Rule { get; init; }

    /// <summary>The split agreed on, of the arms control and treatment. With it, a sample ratio mismatch ends a series; without it, it is only reported.</summary>
    public ArmSplit? Split { get; init; }

    /// <summary>Reads a file of checkpoints to its end and replays it.</summary>
    /// <param name="content">RFC 4180 in UTF-8, with the columns of the ASOS file among others, in any order. Closed.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="BadInputException">The file is refused; the message says where and why.</exception>
    public ReplayReport Run(Stream content, string name)
    {
        ArgumentNullException.ThrowIfNull(content);
        using var file = new CsvFile(content, name);
        var checkpoints = new CheckpointRows(file);
        var look = new ReplayLook(Rule, Split?.For(["control", "treatment"]));
        var series = new Dictionary<SeriesKey, SeriesState>();
        long rows = 0, skipped = 0;
        while (file.Read())
        {
            var (key, row) = checkpoints.Current();
            if (!series.TryGetValue(key, out var state)) series.Add(key, state = New(series.Count, file));
            if (row is not { } usable)
            {
                skipped++;
                continue;
            }

            if (++rows > Limits.ReplayRows) throw file.Refuse(0, string.Create(CultureInfo.InvariantCulture, $"is one row more than the {Limits.ReplayRows} that are read"));
            if (!state.Add(usable, look))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{name} has two rows of experiment {key.ExperimentId}, variant {key.VariantId}, metric {key.MetricId} at time {usable.Time}; the second is at line {file.Line}."));
        }

        if (series.Count == 0) throw new BadInputException($"{name} has no rows below its heading.");
        var used = series.Where(s => s.Value.Rows > 0).Select(s => s.Value.End(s.Key, look)).ToList();
        return new ReplayReport { Method = Rule.Method, SkippedRows = skipped, SkippedSeries = series.Count - used.Count, Series = used };
    }

    private static SeriesState New(int count, CsvFile file) => count < Limits.ReplaySeries
        ? new SeriesState()
        : throw file.Refuse(0, string.Create(CultureInfo.InvariantCulture, $"begins one series more than the {Limits.ReplaySeries} that are read"));

    /// <summary>What a series has shown so far. Each row is judged by itself, so that their order in the file does not matter.</summary>
    private sealed class SeriesState
    {
        private readonly HashSet<double> _times = [];
        private CheckpointRow _last;
        private double? _significantAt;
        private double? _mismatchAt;

        public int Rows => _times.Count;

        /// <summary>Takes a row in; false if there was one of its time.</summary>
        public bool Add(CheckpointRow row, ReplayLook look)
        {
            if (!_times.Add(row.Time)) return false;
            if (Rows == 1 || row.Time > _last.Time) _last = row;
            if (look.OnlyLast) return true;
            Judge(row, look);
            return true;
        }

        public ReplaySeries End(SeriesKey key, ReplayLook look)
        {
            if (look.OnlyLast) Judge(_last, look);
            return new ReplaySeries
            {
                ExperimentId = key.ExperimentId,
                VariantId = key.VariantId,
                MetricId = key.MetricId,
                Rows = Rows,
                // At one look the split comes before the decision.
                FirstSignificantAt = _significantAt < (_mismatchAt ?? double.PositiveInfinity) ? _significantAt : null,
                IsSignificantAtLastRow = look.IsSignificantAtTheEnd(_last),
                SplitP = look.SplitP(_last),
                MismatchAt = _mismatchAt,
            };
        }

        private void Judge(CheckpointRow row, ReplayLook look)
        {
            if (look.IsSignificant(row)) _significantAt = Math.Min(row.Time, _significantAt ?? row.Time);
            if (look.IsMismatch(row)) _mismatchAt = Math.Min(row.Time, _mismatchAt ?? row.Time);
        }
    }
}
