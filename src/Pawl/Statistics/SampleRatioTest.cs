using MathNet.Numerics;

namespace Pawl.Statistics;

/// <summary>
/// Whether units arrived in the arms in the shares agreed on. Where they did not, something in assignment or logging depends on the
/// arm, and nothing can be concluded from the experiment. Count units by the first arm they saw, before crossovers are excluded.
/// </summary>
public sealed record SampleRatioTest
{
    /// <summary>A split fails at a p-value below this.</summary>
    public const double Alpha = 0.001;

    // How strongly the prior of the sequential test concentrates on the agreed shares.
    private const double Concentration = 10_000;

    private readonly double[] _shares;

    /// <summary>Creates one.</summary>
    /// <param name="weights">The split agreed on, one weight above zero for each of two or more arms; only their proportions count.</param>
    public SampleRatioTest(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Count < 2) throw new ArgumentException($"A split has two arms or more, not {weights.Count}.", nameof(weights));
        if (weights.FirstOrDefault(w => w is not (> 0 and < double.PositiveInfinity), 1) is var bad and not 1)
            throw new ArgumentOutOfRangeException(nameof(weights), bad, "Each weight must be a finite number above 0.");
        var sum = weights.Sum();
        _shares = [.. weights.Select(w => w / sum)];
    }

    /// <summary>Pearson's χ² test with one degree of freedom less than there are arms: for one look at the end.</summary>
    /// <param name="counts">The units of each arm, in the order of the weights.</param>
    public SplitResult Fixed(IReadOnlyList<long> counts)
    {
        if (Fault(counts, out var total) is { } reason) return new SplitResult.Untested(reason);
        var chiSquared = 0.0;
        for (var i = 0; i < _shares.Length; i++)
        {
            var expected = total * _shares[i];
            chiSquared += (counts[i] - expected) * (counts[i] - expected) / expected;
        }

        return new SplitResult.Tested(SpecialFunctions.GammaUpperRegularized((_shares.Length - 1) / 2.0, chiSquared / 2));
    }

    /// <summary>
    /// Valid at every look: the Bayes factor of a Dirichlet–multinomial model, whose prior has 10,000 times the agreed shares,
    /// against the agreed shares themselves; p = min(1, 1/BF). Lindon and Malek, arXiv:2011.03567.
    /// </summary>
    /// <param name="counts">The units of each arm so far, in the order of the weights.</param>
    public SplitResult Sequential(IReadOnlyList<long> counts) =>
        Fault(counts, out _) is { } reason ? new SplitResult.Untested(reason) : new SplitResult.Tested(Math.Min(1, Math.Exp(-LogBayesFactor(counts))));

    /// <summary>The logarithm of the Bayes factor in favour of another split than the one agreed on.</summary>
    internal double LogBayesFactor(IReadOnlyList<long> counts)
    {
        double total = 0, log = 0;
        for (var i = 0; i < _shares.Length; i++)
        {
            total += counts[i];
            var prior = Concentration * _shares[i];
            log += SpecialFunctions.GammaLn(prior + counts[i]) - SpecialFunctions.GammaLn(prior) - (counts[i] * Math.Log(_shares[i]));
        }

        return log + SpecialFunctions.GammaLn(Concentration) - SpecialFunctions.GammaLn(Concentration + total);
    }

    private Reason? Fault(IReadOnlyList<long> counts, out double total)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count != _shares.Length)
            throw new ArgumentException($"There are {counts.Count} counts for {_shares.Length} arms.", nameof(counts));
        total = 0;
        foreach (var count in counts)
        {
            if (count < 0) return Reason.Inconsistent;
            total += count;
        }

        return total == 0 ? Reason.NoUnits : null;
    }
}

/// <summary>What a test of the split says.</summary>
public abstract record SplitResult
{
    private SplitResult()
    {
    }

    /// <summary>The test was made.</summary>
    /// <param name="P">The p-value of the split agreed on, from 0 to 1.</param>
    public sealed record Tested(double P) : SplitResult
    {
        /// <summary>Whether this is a sample ratio mismatch: p below <see cref="SampleRatioTest.Alpha"/>.</summary>
        public bool IsMismatch => P < SampleRatioTest.Alpha;
    }

    /// <summary>There was nothing to test.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Untested(Reason Reason) : SplitResult;
}
