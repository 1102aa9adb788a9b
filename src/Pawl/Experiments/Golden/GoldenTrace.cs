using System.Text.Json;

namespace Pawl.Experiments.Golden;

/// <summary>
/// A whole experiment as it must go: a request, a world that answers it, and every step in order. Replayed on a virtual clock, it shows any change of what
/// the orchestrator does.
/// </summary>
public sealed record GoldenTrace
{
    /// <summary>What it is about, in a line.</summary>
    public required string Name { get; init; }

    /// <summary>The request.</summary>
    public required JsonElement Request { get; init; }

    /// <summary>The policy; undefined: everything is allowed.</summary>
    public JsonElement Policy { get; init; }

    /// <summary>What the units do.</summary>
    public required GoldenWorld World { get; init; }

    /// <summary>What goes wrong, and when.</summary>
    public IReadOnlyList<GoldenFault> Faults { get; init; } = [];

    /// <summary>Who approves what waits, and from which day on.</summary>
    public IReadOnlyList<GoldenApproval> Approvals { get; init; } = [];

    /// <summary>What the world's chance is seeded with.</summary>
    public required int Seed { get; init; }

    /// <summary>The steps that are expected, one a line, as <see cref="GoldenRunner"/> writes them.</summary>
    public required IReadOnlyList<string> Expected { get; init; }
}

/// <summary>What the units of a golden trace do.</summary>
/// <param name="UnitsPerDay">New units a day, all arms together, if everyone is in.</param>
/// <param name="Metrics">The metrics by name.</param>
public sealed record GoldenWorld(double UnitsPerDay, IReadOnlyDictionary<string, GoldenMetric> Metrics);

/// <summary>A metric of a golden trace.</summary>
/// <param name="Kind">Proportion, mean, ratio, or a value that comes without units.</param>
/// <param name="Better">The side on which it improves.</param>
/// <param name="Arms">What it is in each arm: the share, the mean, the ratio or the value.</param>
/// <param name="Deviation">The standard deviation of a unit's value; of a mean alone.</param>
public sealed record GoldenMetric(Metrics.MetricKind Kind, Statistics.Side Better, IReadOnlyDictionary<string, double> Arms, double Deviation);

/// <summary>Somebody who approves.</summary>
/// <param name="Day">From this day on.</param>
/// <param name="Actor">Who: <c>os:mara</c>.</param>
public sealed record GoldenApproval(double Day, string Actor);

/// <summary>Something that goes wrong.</summary>
public abstract record GoldenFault
{
    private GoldenFault()
    {
    }

    /// <summary>The metrics cannot be measured from a day on for some hours.</summary>
    public sealed record SourceDown(double Day, double Hours) : GoldenFault;

    /// <summary>The process dies once, right after a tool's effect and receipt are durable.</summary>
    public sealed record Crash(string After) : GoldenFault;

    /// <summary>From a day on a share of the units is seen in two arms.</summary>
    public sealed record Crossover(double Day, double Share) : GoldenFault;

    /// <summary>From a day on a share of an arm's units is lost before it is exposed.</summary>
    public sealed record Loss(double Day, string Arm, double Share) : GoldenFault;

    /// <summary>From a day on a metric is something else in an arm.</summary>
    public sealed record Shift(double Day, string Metric, string Arm, double To) : GoldenFault;
}
