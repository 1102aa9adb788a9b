using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>Which series a row belongs to.</summary>
internal readonly record struct SeriesKey(string ExperimentId, string VariantId, string MetricId);

/// <summary>What was known of one arm by a checkpoint.</summary>
internal readonly record struct CheckpointArm(long Units, double Mean, double Variance);

/// <summary>One row: both arms of a series at a time since its start.</summary>
internal readonly record struct CheckpointRow(double Time, CheckpointArm Control, CheckpointArm Treatment)
{
    /// <summary>The absolute effect. Straight from means and variances: sums of squares made from them would lose the digits that count.</summary>
    public Effect Effect()
    {
        if (Control.Variance == 0 || Treatment.Variance == 0) return new Effect.Unmeasured(Reason.ZeroVariance);
        var variance = (Treatment.Variance / Treatment.Units) + (Control.Variance / Control.Units);
        return Statistics.Effect.From(Treatment.Mean - Control.Mean, variance, (Control.Variance, Control.Units), (Treatment.Variance, Treatment.Units));
    }
}

/// <summary>Rows of checkpoints in the columns of the ASOS Digital Experiments Dataset (Liu, Cardoso, Couturier, McCoy 2021, arXiv:2111.10198), in any order.</summary>
internal sealed class CheckpointRows(CsvFile file)
{
    private const long FewestUnits = 2;

    private readonly int _experiment = file.Column("experiment_id");
    private readonly int _variant = file.Column("variant_id");
    private readonly int _metric = file.Column("metric_id");
    private readonly int _time = file.Column("time_since_start");
    private readonly (int Count, int Mean, int Variance) _control = (file.Column("count_c"), file.Column("mean_c"), file.Column("variance_c"));
    private readonly (int Count, int Mean, int Variance) _treatment = (file.Column("count_t"), file.Column("mean_t"), file.Column("variance_t"));

    /// <summary>The series of the row that was read last, and the row; null where an empty field or too few units leave nothing to test.</summary>
    public (SeriesKey Series, CheckpointRow? Row) Current()
    {
        var key = new SeriesKey(file.Text(_experiment), file.Text(_variant), file.Text(_metric));
        var time = file.Number(_time);
        return (key, Arm(_control) is { } c && Arm(_treatment) is { } t ? new CheckpointRow(time, c, t) : null);
    }

    private CheckpointArm? Arm((int Count, int Mean, int Variance) columns)
    {
        double? count = NumberOrNone(columns.Count), mean = NumberOrNone(columns.Mean), variance = NumberOrNone(columns.Variance);
        if (count is { } units && !(units >= 0 && units < long.MaxValue && Math.Floor(units) == units))
            throw file.Refuse(columns.Count, $"is no whole number of at least 0: {CsvFile.Quoted(file[columns.Count])}");
        if (variance < 0) throw file.Refuse(columns.Variance, $"is no variance, which is at least 0: {CsvFile.Quoted(file[columns.Variance])}");
        return count >= FewestUnits && mean is { } m && variance is { } v ? new CheckpointArm((long)count, m, v) : null;
    }

    private double? NumberOrNone(int column) => file[column].Length == 0 ? null : file.Number(column);
}
