namespace Pawl.Statistics.Simulation;

/// <summary>
/// The observations of one arm's quantile, kept in order. A look costs what has come since the one before: the counts at or below the quantile follow it over
/// the observations it passes.
/// </summary>
internal sealed class SimulatedClusters(double scale, SimulationRandom random)
{
    /// <summary>The level of the quantile.</summary>
    public const double Level = 0.95;

    private const int PerUnitMax = 4;
    private readonly List<(double Value, int Unit)> _arriving = [];
    private readonly List<int> _counts = [];
    private readonly List<int> _below = [];
    private (double Value, int Unit)[] _sorted = [];
    private int _length;

    // How many observations, from the smallest on, are in the counts below.
    private int _rank;
    private long _counted;
    private long _squares;
    private long _belowSquares;
    private long _products;

    public void Add(long units)
    {
        for (; units > 0; units--)
        {
            int count = 1 + random.Below(PerUnitMax), unit = _counts.Count;
            _counts.Add(count);
            _below.Add(0);
            _counted += count;
            _squares += count * count;
            var level = random.Normal();
            for (var i = 0; i < count; i++) _arriving.Add((scale * Math.Exp(0.5 * (level + random.Normal())), unit));
        }

        Merge();
    }

    public QuantileStatistics Statistics()
    {
        var half = QuantileStatistics.Z * Math.Sqrt(Level * (1 - Level) / Math.Max(1, _length));
        MoveTo(Rank(Level));
        return new QuantileStatistics
        {
            Units = _length,
            QuantileUnits = _length,
            Level = Level,
            Quantile = At(Rank(Level)),
            QuantileLower = At(Rank(Level - half)),
            QuantileUpper = At(Rank(Level + half)),
            Clusters = _counts.Count,
            BelowSum = _rank,
            BelowSumOfSquares = _belowSquares,
            CountSum = _counted,
            CountSumOfSquares = _squares,
            SumOfProducts = _products,
        };
    }

    /// <summary>n, Σ and Σ² over units of Σ1{x > τ} − (1 − ν)·count, and the observations above τ.</summary>
    public (MeanStatistics PerUnit, long Above) Excess(double threshold)
    {
        var end = 0;
        for (int low = 0, high = _length; low < high; end = low)
        {
            var middle = (low + high) / 2;
            if (_sorted[middle].Value <= threshold) low = middle + 1;
            else high = middle;
        }

        MoveTo(end);
        // A unit's excess is ν·count − S, where S is how many of its observations are at or below τ.
        var sum = (Level * _counted) - _rank;
        var squares = (Level * Level * _squares) - (2 * Level * _products) + _belowSquares;
        return (new MeanStatistics { Units = _counts.Count, Sum = sum, SumOfSquares = squares }, _length - _rank);
    }

    private int Rank(double level) => Math.Clamp((int)Math.Ceiling(level * _length), 1, Math.Max(1, _length));

    private double At(int rank) => _length > 0 ? _sorted[rank - 1].Value : 0;

    private void MoveTo(int rank)
    {
        for (; _rank < rank && _rank < _length; _rank++) Count(_sorted[_rank].Unit, 1);
        for (; _rank > rank; _rank--) Count(_sorted[_rank - 1].Unit, -1);
    }

    private void Count(int unit, int change)
    {
        var before = _below[unit];
        _below[unit] = before + change;
        _belowSquares += (2 * before * change) + 1;
        _products += change * _counts[unit];
    }

    // From the end, each run of the old ones that stays together is moved as a whole.
    private void Merge()
    {
        _arriving.Sort();
        if (_length + _arriving.Count > _sorted.Length) Array.Resize(ref _sorted, Math.Max(2 * _sorted.Length, _length + _arriving.Count));
        int left = _length, passed = _rank;
        for (var i = _arriving.Count - 1; i >= 0; i--)
        {
            var at = Array.BinarySearch(_sorted, 0, left, _arriving[i]);
            at = at < 0 ? ~at : at;
            Array.Copy(_sorted, at, _sorted, at + i + 1, left - at);
            _sorted[at + i] = _arriving[i];
            if (at < passed)
            {
                Count(_arriving[i].Unit, 1);
                _rank++;
            }

            left = at;
        }

        _length += _arriving.Count;
        _arriving.Clear();
    }
}
