using MathNet.Numerics.Distributions;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments.Golden;

/// <summary>
/// A source whose units do what a golden trace says: exposures and values hour by hour, each hour from a seed of its own, so that the same question always
/// has the same answer, whoever asks and how often.
/// </summary>
internal sealed class WorldSource(GoldenTrace trace, Contract contract, IExperimentStore experiments, TimeProvider clock) : IMetricSource
{
    public const string SourceName = "world";

    private readonly Dictionary<(string Metric, string Arm, int Hour), Hour> _hours = [];

    public string Name => SourceName;

    public Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default)
    {
        var provenance = new MetricProvenance { Source = Name, Statement = trace.Name, Parameters = new Dictionary<string, string>(StringComparer.Ordinal), AskedAt = clock.GetUtcNow(), Took = TimeSpan.Zero };
        var day = (clock.GetUtcNow() - query.Start).TotalDays;
        if (trace.Faults.OfType<GoldenFault.SourceDown>().Any(fault => day >= fault.Day && day < fault.Day + (fault.Hours / 24)))
            return Task.FromResult<MetricResult>(new MetricResult.Unmeasured { Fault = MetricFault.Unavailable, Detail = "the source is down", Provenance = provenance });
        var metric = trace.World.Metrics[query.Metric.Name];
        if (metric.Kind == MetricKind.Value)
            return Task.FromResult<MetricResult>(new MetricResult.Point { Arms = [.. query.Arms.Select(arm => new ArmPoint(arm, Level(query.Metric.Name, metric, arm, day)))], Provenance = provenance });
        var arms = query.Arms.Select(arm => Arm(query, metric, arm)).ToList();
        return Task.FromResult<MetricResult>(arms.Sum(arm => arm.Exposed) == 0
            ? new MetricResult.Unmeasured { Fault = MetricFault.NoRows, Detail = "nobody was exposed", Provenance = provenance }
            : new MetricResult.Measured { Arms = arms, Exposures = arms.Sum(arm => arm.Exposed), OtherUnits = 0, Watermark = query.Watermark, Provenance = provenance });
    }

    private ArmReading Arm(MetricQuery query, GoldenMetric metric, string arm)
    {
        var all = new Hour();
        var end = query.ExposedBefore - (query.Window ?? TimeSpan.Zero);
        for (var hour = 0; query.Start.AddHours(hour + 1) <= end; hour++)
        {
            if (!_hours.TryGetValue((query.Metric.Name, arm, hour), out var counted)) _hours[(query.Metric.Name, arm, hour)] = counted = Count(query, metric, arm, hour);
            all += counted;
        }

        var shape = new ValueShape(all.NonZero, all.SumOfCubes);
        return new ArmReading
        {
            Arm = arm,
            Exposed = all.Exposed,
            Crossovers = all.Crossovers,
            Statistics = metric.Kind switch
            {
                MetricKind.Proportion => new ProportionStatistics { Units = all.Units, Events = all.NonZero },
                MetricKind.Mean => new MeanStatistics { Units = all.Units, Sum = all.Sum, SumOfSquares = all.SumOfSquares, Shape = shape },
                _ => new RatioStatistics { Units = all.Units, NumeratorSum = all.Sum, NumeratorSumOfSquares = all.SumOfSquares, DenominatorSum = all.Below, DenominatorSumOfSquares = all.BelowSquares, SumOfProducts = all.Products, Shape = shape },
            },
        };
    }

    private Hour Count(MetricQuery query, GoldenMetric metric, string arm, int hour)
    {
        var day = hour / 24.0;
        // Which units come and where they go is one chance, what they do is another: every metric sees the same units.
        var arriving = Random("units", arm, hour);
        var rate = trace.World.UnitsPerDay / 24 * contract.Request.Arms.First(a => a.Name == arm).Percent / 100 * Coverage(query.Start.AddHours(hour));
        var exposed = rate > 0 ? Poisson.Sample(arriving, rate) : 0;
        if (trace.Faults.OfType<GoldenFault.Loss>().FirstOrDefault(fault => fault.Arm == arm && day >= fault.Day) is { } loss) exposed = Binomial.Sample(arriving, 1 - loss.Share, exposed);
        var crossed = trace.Faults.OfType<GoldenFault.Crossover>().FirstOrDefault(fault => day >= fault.Day) is { } crossover ? Binomial.Sample(arriving, crossover.Share, exposed) : 0;
        var (acting, level, counted) = (Random(query.Metric.Name, arm, hour), Level(query.Metric.Name, metric, arm, day), new Hour { Exposed = exposed, Crossovers = crossed, Units = exposed - crossed });
        for (var unit = 0; unit < exposed - crossed; unit++)
        {
            double below = metric.Kind == MetricKind.Ratio ? 1 + Poisson.Sample(acting, 4) : 1;
            var value = metric.Kind switch
            {
                MetricKind.Mean => Normal.Sample(acting, level, metric.Deviation),
                MetricKind.Ratio => Binomial.Sample(acting, level, (int)below),
                _ => acting.NextDouble() < level ? 1 : 0,
            };
            counted = counted.With(value, below);
        }

        return counted;
    }

    private double Level(string name, GoldenMetric metric, string arm, double day) =>
        trace.Faults.OfType<GoldenFault.Shift>().LastOrDefault(shift => shift.Metric == name && shift.Arm == arm && day >= shift.Day)?.To ?? metric.Arms[arm];

    // What was covered in an hour is what was allocated then; the experiment only knows the present step, its receipts know them all.
    private double Coverage(DateTimeOffset hour)
    {
        var experiment = experiments.Read(view => view.Find(contract.Id))!;
        var looks = experiments.Read(view => view.Looks(contract.Id));
        var step = looks.LastOrDefault(look => look.At > hour && look.At <= hour.AddHours(1)) ?? looks.FirstOrDefault(look => look.At > hour);
        return (step?.Coverage ?? contract.Request.Ramp[experiment.RampStep]) / 100;
    }

    private Random Random(string what, string arm, int hour) => new((int)(uint.Parse(CanonicalJson.Digest(Json.From($"{trace.Seed}/{what}/{arm}/{hour}"))[..7], System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>What happened in an hour, or in several.</summary>
    private readonly record struct Hour(int Exposed, int Crossovers, int Units, long NonZero, double Sum, double SumOfSquares, double SumOfCubes, double Below, double BelowSquares, double Products)
    {
        public static Hour operator +(Hour a, Hour b) => new(
            a.Exposed + b.Exposed, a.Crossovers + b.Crossovers, a.Units + b.Units, a.NonZero + b.NonZero, a.Sum + b.Sum, a.SumOfSquares + b.SumOfSquares, a.SumOfCubes + b.SumOfCubes,
            a.Below + b.Below, a.BelowSquares + b.BelowSquares, a.Products + b.Products);

        public Hour With(double value, double below) => this with
        {
            NonZero = NonZero + (value == 0 ? 0 : 1),
            Sum = Sum + value,
            SumOfSquares = SumOfSquares + (value * value),
            SumOfCubes = SumOfCubes + (value * value * value),
            Below = Below + below,
            BelowSquares = BelowSquares + (below * below),
            Products = Products + (value * below),
        };
    }
}
