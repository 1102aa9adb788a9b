namespace Pawl.Statistics.Simulation;

/// <summary>The running sums of one arm.</summary>
internal sealed class SimulatedArm(SimulatedWorld world, double lift, SimulationRandom random)
{
    /// <summary>The share of units that spend.</summary>
    public const double SpendShare = 0.03;

    private const double EventsPerUnit = 1.5;
    private readonly List<double> _totals = [];
    private readonly List<double> _paces = [];
    private readonly int _largestMax = (world.Units / 1000) + 2;
    private readonly SimulatedClusters _clusters = new(1 + lift, random);
    private double _pace;
    private long _units;
    private long _nonZero;
    private double _x;
    private double _xx;
    private double _xxx;
    private double _y;
    private double _yy;
    private double _xy;

    // Units without a value until the next that has one.
    private double _gap = double.NaN;

    /// <summary>The largest values, ascending; as many as a cap at .999 can reach.</summary>
    public List<double> Largest { get; } = [];

    /// <summary>Lets units arrive until there are so many.</summary>
    public void GrowTo(long units)
    {
        var arriving = units - _units;
        _units = units;
        switch (world.Metric)
        {
            case SimulatedMetric.Bernoulli: Sparse(arriving, world.Rate * (1 + lift), static _ => 1); break;
            case SimulatedMetric.CappedSpend or SimulatedMetric.Spend: Sparse(arriving, SpendShare * (1 + lift), static r => Math.Exp(1.5 * r.Normal())); break;
            case SimulatedMetric.Accruing: Accrue(arriving); break;
            case SimulatedMetric.Quantile: _clusters.Add(arriving); break;
            default: while (arriving-- > 0) Draw(); break;
        }
    }

    public ArmStatistics Statistics(double cap)
    {
        var shape = new ValueShape(_nonZero, _xxx);
        return world.Metric switch
        {
            SimulatedMetric.Bernoulli => new ProportionStatistics { Units = _units, Events = _nonZero },
            SimulatedMetric.Ratio or SimulatedMetric.RareRatio => new RatioStatistics
            {
                Units = _units,
                NumeratorSum = _x,
                NumeratorSumOfSquares = _xx,
                DenominatorSum = _y,
                DenominatorSumOfSquares = _yy,
                SumOfProducts = _xy,
                Shape = shape,
            },
            SimulatedMetric.Cuped => new CupedStatistics
            {
                Units = _units,
                PostSum = _x,
                PostSumOfSquares = _xx,
                PreSum = _y,
                PreSumOfSquares = _yy,
                SumOfProducts = _xy,
                Shape = shape,
            },
            SimulatedMetric.Quantile => _clusters.Statistics(),
            _ => Capped(cap, shape),
        };
    }

    public (MeanStatistics PerUnit, long Above) Excess(double threshold) => _clusters.Excess(threshold);

    private MeanStatistics Capped(double cap, ValueShape shape)
    {
        double x = _x, xx = _xx, xxx = shape.SumOfCubes;
        for (var i = Largest.Count - 1; i >= 0 && Largest[i] > cap; i--)
        {
            var value = Largest[i];
            x -= value - cap;
            xx -= (value * value) - (cap * cap);
            xxx -= (value * value * value) - (cap * cap * cap);
        }

        return new MeanStatistics { Units = _units, Sum = x, SumOfSquares = xx, Shape = new ValueShape(cap > 0 ? shape.NonZero : 0, xxx) };
    }

    private void Draw()
    {
        switch (world.Metric)
        {
            case SimulatedMetric.Normal: Add(1 + lift + random.Normal()); break;
            case SimulatedMetric.Exponential: Add((1 + lift) * random.Exponential()); break;
            case SimulatedMetric.LogNormal: Add((1 + lift) * Math.Exp(random.Normal())); break;
            case SimulatedMetric.Ratio:
                double sessions = 1 + random.Below(4), level = 1 + (0.5 * random.Normal());
                Add((1 + lift) * ((sessions * level) + (Math.Sqrt(sessions) * random.Normal())), sessions);
                break;
            case SimulatedMetric.RareRatio: Add(Events(out var tries), tries); break;
            default:
                var pre = random.Normal();
                Add(1 + lift + (0.7 * pre) + (Math.Sqrt(0.51) * random.Normal()), random.Uniform() < 0.3 ? 0 : 1 + pre);
                break;
        }
    }

    private int Events(out int tries)
    {
        tries = 1 + random.Below(4);
        var events = 0;
        for (var i = 0; i < tries; i++) events += random.Uniform() < world.Rate * (1 + lift) ? 1 : 0;
        return events;
    }

    // Jumps from unit to unit that has a value: the gaps are geometric.
    private void Sparse(long arriving, double rate, Func<SimulationRandom, double> value)
    {
        var logarithm = Math.Log(1 - rate);
        if (double.IsNaN(_gap)) _gap = Math.Floor(Math.Log(random.Uniform()) / logarithm);
        for (; _gap < arriving; _gap += 1 + Math.Floor(Math.Log(random.Uniform()) / logarithm)) Add(value(random));
        _gap -= arriving;
    }

    // Between two looks the units present have a Poisson number of events, each a given unit's with a chance proportional to its pace.
    private void Accrue(long arriving)
    {
        for (; arriving > 0; arriving--)
        {
            _totals.Add(0);
            _paces.Add(2 * random.Uniform());
            _pace += _paces[^1];
        }

        var rate = _pace * EventsPerUnit / world.Looks;
        for (var time = random.Exponential(); time < rate; time += random.Exponential())
        {
            var unit = Pick();
            double before = _totals[unit], after = before + ((1 + lift) * random.Exponential());
            _totals[unit] = after;
            if (before == 0) _nonZero++;
            _x += after - before;
            _xx += (after * after) - (before * before);
            _xxx += (after * after * after) - (before * before * before);
        }
    }

    private int Pick()
    {
        int unit;
        do unit = random.Below(_totals.Count);
        while (2 * random.Uniform() > _paces[unit]);
        return unit;
    }

    private void Add(double x, double y = 0)
    {
        if (x != 0) _nonZero++;
        _x += x;
        _xx += x * x;
        _xxx += x * x * x;
        _y += y;
        _yy += y * y;
        _xy += x * y;
        if (world.Metric == SimulatedMetric.CappedSpend) Keep(x);
    }

    private void Keep(double x)
    {
        if (Largest.Count == _largestMax && x <= Largest[0]) return;
        var at = Largest.BinarySearch(x);
        Largest.Insert(at < 0 ? ~at : at, x);
        if (Largest.Count > _largestMax) Largest.RemoveAt(0);
    }
}
