using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Pawl.Metrics;

/// <summary>
/// A Prometheus server, asked for one number per arm at the watermark by its instant query,
/// https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries.
/// </summary>
/// <param name="definition">Where it is and how it is logged in to.</param>
/// <param name="clock">Tells when it was asked, and measures the limit.</param>
internal sealed class PrometheusMetricSource(MetricSourceDefinition.Prometheus definition, TimeProvider clock) : IMetricSource
{
    /// <summary>How far a query looks back when nobody says.</summary>
    public static readonly TimeSpan LookbackDefault = TimeSpan.FromHours(1);

    // One for the process, as its pool of connections is meant to be. A redirection would carry the query and who asks elsewhere.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = Limits.PrometheusAnswerBytes,
    };

    public string Name => definition.Name;

    public async Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        if (query.Metric.Source != Name) throw new ArgumentException($"The metric {query.Metric.Name} is measured by {query.Metric.Source}, not by {Name}.");
        if (query.Metric.Input is not MetricInput.Query input) throw new ArgumentException($"Prometheus is asked in PromQL; the metric {query.Metric.Name} has none.");
        if (PromQlText.Fault(input.Text) is { } wrong) throw new ArgumentException($"The query of the metric {query.Metric.Name} cannot be asked: {wrong}.");
        var lookback = query.Lookback ?? LookbackDefault;
        var text = PromQlText.Write(input.Text, query.Flag, lookback);
        var time = query.Watermark.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var (askedAt, start) = (clock.GetUtcNow(), clock.GetTimestamp());
        var answer = await AskAsync(query, input.Label, text, time, cancellationToken).ConfigureAwait(false);
        var provenance = new MetricProvenance
        {
            Source = Name,
            Statement = text,
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["flag"] = query.Flag,
                ["lookback"] = string.Create(CultureInfo.InvariantCulture, $"{(long)lookback.TotalMilliseconds}ms"),
                ["time"] = time,
            },
            AskedAt = askedAt,
            Took = clock.GetElapsedTime(start),
        };
        return answer.Points is { } points
            ? new MetricResult.Point { Arms = points, Provenance = provenance }
            : new MetricResult.Unmeasured { Fault = answer.Fault, Detail = SecretRedactor.Default.Redact($"{Name}: {answer.Detail}"), Provenance = provenance };
    }

    private async Task<PrometheusAnswer> AskAsync(MetricQuery query, string label, string text, string time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(definition.Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var request = Request(text, time);
            using var response = await Http.SendAsync(request, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return PrometheusAnswer.Read(response.StatusCode, body, query.Arms, label);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception) when (deadline.IsCancellationRequested)
        {
            return PrometheusAnswer.Failed(MetricFault.Timeout, string.Create(
                CultureInfo.InvariantCulture, $"There was no answer within {definition.Limit.TotalSeconds:0.###} s. Make a recording rule of the query, or raise timeout_seconds."));
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return PrometheusAnswer.Failed(MetricFault.Refused, $"The answer is larger than {Limits.PrometheusAnswerBytes} bytes. Aggregate the query to one series for each variant.");
        }
        catch (HttpRequestException e)
        {
            return PrometheusAnswer.Failed(MetricFault.Unavailable, $"{definition.Url} cannot be reached: {e.Message.TrimEnd('.')}.");
        }
    }

    private HttpRequestMessage Request(string text, string time)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{definition.Url.AbsoluteUri.TrimEnd('/')}/api/v1/query"))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["query"] = text,
                ["time"] = time,
                ["timeout"] = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)definition.Limit.TotalMilliseconds)}ms"),
            }),
        };
        if (definition.Token is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (definition.User is { } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{definition.Password}")));
        return request;
    }
}
