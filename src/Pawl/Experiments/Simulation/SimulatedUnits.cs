using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Statistics.Simulation;

namespace Pawl.Experiments.Simulation;

/// <summary>
/// The units of one arm, as sums. Those of n units more are drawn at once: of normal values Σx is normal and the squares around the mean are χ² with n − 1
/// degrees of freedom, of yes and no the count is binomial.
/// </summary>
internal sealed class SimulatedUnits(MetricKind kind, double mean, double variance, SimulationRandom random)
{
    // With more than so many events expected on either side a binomial count is drawn from the normal distribution.
    private const double ManyEvents = 100;

    private long _units;
    private double _sum;
    private double _squares;

    public void GrowTo(long units)
    {
        var more = units - _units;
        if (more <= 0) return;
        _units = units;
        if (kind == MetricKind.Proportion) _sum += Events(more);
        else Add(more);
    }

    public ArmStatistics Statistics => kind switch
    {
        MetricKind.Proportion => new ProportionStatistics { Units = _units, Events = (long)_sum },
        MetricKind.Ratio => new RatioStatistics
        {
            Units = _units,
            NumeratorSum = _sum,
            NumeratorSumOfSquares = _squares,
            DenominatorSum = _units,
            DenominatorSumOfSquares = _units,
            SumOfProducts = _sum,
            Shape = Shape,
        },
        _ => new MeanStatistics { Units = _units, Sum = _sum, SumOfSquares = _squares, Shape = Shape },
    };

    // Normal values have no third central moment: Σx³ is what gives none.
    private ValueShape Shape
    {
        get
        {
            var m = _units == 0 ? 0 : _sum / _units;
            return new ValueShape(_units, (3 * m * _squares) - (2 * _units * m * m * m));
        }
    }

    private void Add(long more)
    {
        var sum = (more * mean) + (Math.Sqrt(more * variance) * random.Normal());
        _sum += sum;
        _squares += (sum * sum / more) + (variance * ChiSquare(more - 1));
    }

    // Of few degrees by its definition, of many by Wilson and Hilferty (1931).
    private double ChiSquare(long degrees)
    {
        if (degrees > 30)
        {
            var share = 2.0 / (9 * degrees);
            var root = 1 - share + (Math.Sqrt(share) * random.Normal());
            return degrees * root * root * root;
        }

        var sum = 0.0;
        for (; degrees > 0; degrees--) sum += Square(random.Normal());
        return sum;
    }

    private long Events(long more)
    {
        var spread = more * mean * (1 - mean);
        if (spread > ManyEvents) return (long)Math.Clamp(Math.Round((more * mean) + (Math.Sqrt(spread) * random.Normal())), 0, more);
        long events = 0;
        for (; more > 0; more--) events += random.Uniform() < mean ? 1 : 0;
        return events;
    }

    private static double Square(double x) => x * x;
}
