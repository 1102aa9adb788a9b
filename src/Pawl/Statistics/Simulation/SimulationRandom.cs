using System.Numerics;

namespace Pawl.Statistics.Simulation;

/// <summary>
/// A fast generator with a seed: xoshiro256** (Blackman and Vigna 2021, ACM TOMS 47, 36), seeded by SplitMix64, so that the same seed gives the
/// same experiments on every platform and in every version. Not for secrets.
/// </summary>
internal sealed class SimulationRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;
    private double _spare = double.NaN;

    public SimulationRandom(long seed)
    {
        var state = (ulong)seed;
        (_a, _b, _c, _d) = (Next(), Next(), Next(), Next());

        ulong Next()
        {
            state += 0x9E3779B97F4A7C15;
            var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Uniform above 0 and below 1.</summary>
    public double Uniform()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return ((result >> 12) + 0.5) * (1.0 / (1UL << 52));
    }

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => (int)(Uniform() * count);

    /// <summary>Exponential with mean 1.</summary>
    public double Exponential() => -Math.Log(Uniform());

    /// <summary>Standard normal, by the polar method of Marsaglia and Bray (1964).</summary>
    public double Normal()
    {
        if (!double.IsNaN(_spare))
        {
            var spare = _spare;
            _spare = double.NaN;
            return spare;
        }

        double x, y, squared;
        do
        {
            (x, y) = ((2 * Uniform()) - 1, (2 * Uniform()) - 1);
            squared = (x * x) + (y * y);
        }
        while (squared is >= 1 or 0);
        var factor = Math.Sqrt(-2 * Math.Log(squared) / squared);
        _spare = y * factor;
        return x * factor;
    }
}
