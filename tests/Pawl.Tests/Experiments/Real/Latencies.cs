using System.Globalization;
using System.Text;

namespace Pawl.Tests.Experiments.Real;

/// <summary>
/// A Prometheus that has watched the latency of both arms for all of the <see cref="Fortnight"/>: of one flag it stays as it is, of the other the treatment's
/// rises on day 3.
/// </summary>
public sealed class Latencies : IAsyncDisposable
{
    /// <summary>The 95th percentile while all is well: 50 of the 60 requests from 1 s to 2.5 s lie below it.</summary>
    public const double Healthy = 1 + (1.5 * 50 / 60);

    /// <summary>The 95th percentile after it rose: 50 of the 100 requests from 2.5 s to 5 s lie below it.</summary>
    public const double Risen = 2.5 + (2.5 * 50 / 100);

    /// <summary>The day on which it rises.</summary>
    public const double RisesOnDay = 3;

    private const int StepMinutes = 30;

    private static readonly string[] Bounds = ["1", "2.5", "5", "+Inf"];
    private static readonly int[] HealthyCounts = [900, 960, 1000, 1000];
    private static readonly int[] RisenCounts = [800, 900, 1000, 1000];

    private readonly PrometheusServer _server = new();

    /// <summary>Its address; starts it where that was not done yet, and skips the test where it cannot be had.</summary>
    public async Task<Uri> UrlAsync()
    {
        await _server.RequireAsync(Samples);
        return _server.Url;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static readonly string Samples = Written();

    private static string Written()
    {
        var text = new StringBuilder();
        foreach (var (flag, arm, rises) in (ReadOnlySpan<(string, string, bool)>)[("prompts.steady", "control", false), ("prompts.steady", "treatmentA", false), ("prompts.rising", "control", false), ("prompts.rising", "treatmentA", true)])
        {
            foreach (var (i, bound) in Bounds.Index())
            {
                long count = 0;
                for (var minute = -120; minute <= 14 * 24 * 60; minute += StepMinutes)
                {
                    count += (rises && minute > RisesOnDay * 24 * 60 ? RisenCounts : HealthyCounts)[i];
                    text.Append(CultureInfo.InvariantCulture, $"latency_seconds_bucket{{flag=\"{flag}\",variant=\"{arm}\",le=\"{bound}\"}} {count} {Fortnight.Start.AddMinutes(minute).ToUnixTimeSeconds()}\n");
                }
            }
        }

        return text.Append("# EOF\n").ToString();
    }
}
