using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments.Simulation;

/// <summary>
/// Plays a contract through many times, from its baseline and a seed, with the rule that judges real experiments: how often it finds what is not there, how
/// often what is, and how long that takes. No database and no clock.
/// </summary>
/// <remarks>
/// Units arrive evenly, in the shares agreed on. Values of means and ratios are normal with the baseline's variance (a ratio's denominator is 1), those of
/// proportions are yes or no. A unit's value is there when it is counted. A promotion that needs a person is approved at once. Guardrails on the primary metric
/// are judged, those on others are taken to hold.
/// </remarks>
public static class ExperimentSimulation
{
    /// <summary>Simulates a contract.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="runs">Experiments for each truth, from 1.</param>
    /// <param name="seed">The seed of the first; the i-th has the seed plus i, so that the result depends on neither machine nor threads.</param>
    /// <param name="effect">The first treatment's true improvement where there is one, in the unit of the MDE. Default: the MDE.</param>
    /// <exception cref="BadInputException">The primary metric is a quantile, of which a baseline does not say enough, or the effect takes a proportion out of 0 to 1.</exception>
    public static SimulationReport Run(Contract contract, int runs, long seed, double? effect = null)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        var request = contract.Request;
        return new SimulationReport
        {
            Runs = runs,
            Seed = seed,
            Plan = contract.Terms.Plan,
            FixedHorizon = PlannedSample.Of(request with { Analysis = request.Analysis with { Method = AnalysisMethod.Fixed } }, contract.Primary, contract.Terms.Baseline),
            TakenToHold = [.. request.Guardrails.Select(guardrail => guardrail.Metric).Where(metric => metric != request.PrimaryMetric).Distinct(StringComparer.Ordinal)],
            WithoutEffect = Truth(contract, runs, seed, 0),
            WithEffect = Truth(contract, runs, seed, effect ?? request.Mde),
        };
    }

    private static SimulatedTruth Truth(Contract contract, int runs, long seed, double effect)
    {
        var world = new ContractWorld(contract, effect);
        var reader = new SimulatedLooks(contract);
        var ends = new SimulatedEnd[runs];
        Parallel.For(0, runs, i => ends[i] = new SimulatedRun(world, reader, unchecked(seed + i)).Play());
        return new SimulatedTruth(effect, ends, contract.Request.Arms[1].Name);
    }
}

/// <summary>What is true in a simulated experiment: each arm's mean and variance, and how fast units come.</summary>
internal sealed class ContractWorld
{
    public ContractWorld(Contract contract, double effect)
    {
        Contract = contract;
        var (baseline, kind) = (contract.Terms.Baseline, contract.Primary.Kind);
        if (kind == MetricKind.Quantile) throw new BadInputException($"{contract.Primary.Name} is a quantile, and mean and variance do not say how the values around it lie. Only means, proportions and ratios can be simulated.");
        var absolute = contract.Request.MdeKind == Difference.Relative ? effect * Math.Abs(baseline.Mean) : effect;
        var improved = baseline.Mean + (contract.Primary.Better == Side.Greater ? absolute : -absolute);
        if (kind == MetricKind.Proportion && improved is not (>= 0 and <= 1))
            throw new BadInputException($"An effect of {RequestShape.Shown(effect)} takes {contract.Primary.Name} from {RequestShape.Shown(baseline.Mean)} out of 0 to 1.");
        Means = [.. contract.Request.Arms.Select((_, i) => i == 1 ? improved : baseline.Mean)];
        Variance = baseline.Variance;
    }

    public Contract Contract { get; }

    /// <summary>The mean of a unit in each arm.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>The variance of a unit; a proportion's follows from its mean.</summary>
    public double Variance { get; }

    public double UnitsPerHour => Contract.Terms.Baseline.UnitsPerDay / 24;
}
