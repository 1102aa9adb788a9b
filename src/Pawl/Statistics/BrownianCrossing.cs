using MathNet.Numerics.Integration;

namespace Pawl.Statistics;

/// <summary>
/// The chance that a Brownian motion with drift leaves its boundaries at given looks, by integrating the joint density from look to
/// look: Armitage, McPherson, Rowe (1969), Journal of the Royal Statistical Society A 132, 235–244; Jennison and Turnbull (2000), ch. 19.
/// At look k the motion W is normal with mean θt and variance t, and Z = W/√t; only paths that stayed inside go on.
/// </summary>
internal sealed class BrownianCrossing(IReadOnlyList<double> information, double drift = 0)
{
    // Beyond so many standard deviations from where the motion would be there is nothing left to integrate.
    private const double Reach = 8.5;

    // Steps of more standard deviations add less than e^−72 of what a likely one adds. Without this a plan of hundreds of looks takes seconds.
    private const double LongestStep = 12;

    // From here on the normal tail is below the least double, and so adds nothing at all.
    private const double TailEnd = 40;

    private static readonly int[] Orders = [32, 64, 128, 256, 512, 1024];

    // In ascending order.
    private double[] _positions = [0];
    private double[] _masses = [1];
    private int _look;

    /// <summary>The chance of staying inside until now and being above <paramref name="z"/> at the next look.</summary>
    public double Above(double z)
    {
        var (end, spread) = Step(z);
        var sum = 0.0;
        for (var i = _positions.Length - 1; i >= 0 && end - _positions[i] < TailEnd * spread; i--) sum += _masses[i] * StudentTail.NormalUpper((end - _positions[i]) / spread);
        return sum;
    }

    /// <summary>The chance of staying inside until now and being below <paramref name="z"/> at the next look.</summary>
    public double Below(double z)
    {
        var (end, spread) = Step(z);
        var sum = 0.0;
        for (var i = 0; i < _positions.Length && _positions[i] - end < TailEnd * spread; i++) sum += _masses[i] * StudentTail.NormalUpper((_positions[i] - end) / spread);
        return sum;
    }

    /// <summary>Takes the next look: what is beyond ±<paramref name="critical"/> has stopped.</summary>
    public void Continue(double critical)
    {
        var (time, span) = (information[_look], Span(_look));
        double root = Math.Sqrt(time), centre = drift * root;
        double low = Math.Max(-critical, centre - Reach), high = Math.Min(critical, centre + Reach);
        if (low >= high)
        {
            (_positions, _masses) = ([], []);
        }
        else
        {
            // The rule must resolve the steps that led here and those that lead on.
            var narrowest = Math.Sqrt((_look + 1 < information.Count ? Math.Min(span, Span(_look + 1)) : span) / time);
            var rule = new GaussLegendreRule(low * root, high * root, Order(2.25 * (high - low) / narrowest));
            var positions = new double[rule.Order];
            var masses = new double[rule.Order];
            var nearest = 0;
            for (var j = 0; j < positions.Length; j++)
            {
                positions[j] = rule.GetAbscissa(j);
                masses[j] = rule.GetWeight(j) * Density(positions[j] - (drift * span), span, ref nearest);
            }

            (_positions, _masses) = (positions, masses);
        }

        _look++;
    }

    /// <summary>The chance of having crossed at one of the looks, where the boundary at each is ± its critical value.</summary>
    public static double Crossed(IReadOnlyList<double> information, IReadOnlyList<double> critical, double drift = 0)
    {
        var motion = new BrownianCrossing(information, drift);
        var crossed = 0.0;
        foreach (var c in critical)
        {
            crossed += motion.Above(c) + motion.Below(-c);
            motion.Continue(c);
        }

        return crossed;
    }

    private (double End, double Spread) Step(double z) =>
        ((z * Math.Sqrt(information[_look])) - (drift * Span(_look)), Math.Sqrt(Span(_look)));

    private double Span(int look) => information[look] - (look == 0 ? 0 : information[look - 1]);

    // The first position within reach moves on with the positions asked for, which ascend.
    private double Density(double position, double variance, ref int first)
    {
        var reach = LongestStep * Math.Sqrt(variance);
        while (first < _positions.Length && _positions[first] < position - reach) first++;
        var sum = 0.0;
        for (var i = first; i < _positions.Length && _positions[i] <= position + reach; i++)
        {
            var step = position - _positions[i];
            sum += _masses[i] * Math.Exp(-step * step / (2 * variance));
        }

        return sum / Math.Sqrt(2 * Math.PI * variance);
    }

    private static int Order(double atLeast) => Orders.FirstOrDefault(order => order >= atLeast, Orders[^1]);
}
