using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Pawl.Forges;

/// <summary>
/// Requests to a forge. What may work soon is tried again, after the time that the forge asks for, else after 1, 2 and 4 seconds: 429 and 5xx, no connection,
/// no answer. All of it together takes at most a minute. It follows no redirect, which would carry the token elsewhere.
/// </summary>
/// <param name="caller">Who asks whom.</param>
/// <param name="time">The clock.</param>
internal sealed class ForgeHttp(ForgeCaller caller, TimeProvider time)
{
    /// <summary>Tries after the first.</summary>
    public const int Retries = 3;

    private const int AnswerBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan InAll = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(20);

    // One for all desks: the connections are pooled by host, and nothing of a desk stands in it.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = AnswerBytes,
    };

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddTimeout(InAll)
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<ForgeFailure>(failure => failure.IsTransient && !(failure.RetryAfter > InAll)),
            MaxRetryAttempts = Retries,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromSeconds(1),
            DelayGenerator = static failed => ValueTask.FromResult((failed.Outcome.Exception as ForgeFailure)?.RetryAfter),
        })
        .Build();

    /// <summary>Does something that consists of requests, again where it failed for now; it is given how often it was tried before.</summary>
    /// <exception cref="UnavailableException">It failed for good, or for too long.</exception>
    public async Task<T> TryAsync<T>(Func<int, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var tries = 0;
        ForgeFailure? last = null;
        try
        {
            return await _pipeline.ExecuteAsync(
                async token =>
                {
                    try
                    {
                        return await work(tries++, token).ConfigureAwait(false);
                    }
                    catch (ForgeFailure e)
                    {
                        last = e;
                        throw;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ForgeFailure e)
        {
            throw new UnavailableException(e.Message, e);
        }
        catch (TimeoutRejectedException e)
        {
            throw new UnavailableException(last?.Message ?? $"{caller.Name} did not answer within {InAll.TotalSeconds:0} s. Try again later.", e);
        }
    }

    /// <summary>Sends one request, once, and reads the answer as JSON; <c>null</c> where it is empty.</summary>
    /// <param name="method">The method.</param>
    /// <param name="address">Where to.</param>
    /// <param name="sign">Sets headers.</param>
    /// <param name="body">The body, JSON in UTF-8; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ForgeFailure">There is no answer, or no success.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, Uri address, Action<HttpRequestMessage> sign, byte[]? body, CancellationToken cancellationToken)
    {
        var (response, answer) = await AnswerAsync(method, address, sign, body, cancellationToken).ConfigureAwait(false);
        using (response)
        {
            if (!response.IsSuccessStatusCode) throw ForgeFailure.Of(caller, response, answer, time.GetUtcNow());
            if (answer.Length == 0) return Json.Null;
            try
            {
                return Json.Parse(answer);
            }
            catch (JsonException e)
            {
                throw new ForgeFailure($"{caller.Name} answered, but not in JSON: the address is probably that of a page, not of an API. Check it.", isTransient: false, e);
            }
        }
    }

    /// <summary>Sends a body once to whoever may answer a success with anything; what is not JSON counts as <c>null</c>.</summary>
    /// <exception cref="ForgeFailure">There is no answer, or no success.</exception>
    public async Task<JsonElement> AcceptAsync(Uri address, Action<HttpRequestMessage> sign, byte[] body, CancellationToken cancellationToken)
    {
        var (response, answer) = await AnswerAsync(HttpMethod.Post, address, sign, body, cancellationToken).ConfigureAwait(false);
        using (response)
        {
            if (!response.IsSuccessStatusCode) throw ForgeFailure.Of(caller, response, answer, time.GetUtcNow());
            try
            {
                return Json.Parse(answer);
            }
            catch (JsonException)
            {
                return Json.Null;
            }
        }
    }

    private async Task<(HttpResponseMessage Response, byte[] Body)> AnswerAsync(HttpMethod method, Uri address, Action<HttpRequestMessage> sign, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("pawl", "1"));
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", Encoding.UTF8.WebName) } };
        sign(request);
        using var limit = new CancellationTokenSource(Each, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        HttpResponseMessage? response = null;
        try
        {
            response = await Client.SendAsync(request, either.Token).ConfigureAwait(false); // reads the body too
            return (response, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false));
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            response?.Dispose();
            throw new ForgeFailure($"{caller.Name} answers more than {AnswerBytes / 1024 / 1024} MiB. Check the address.", isTransient: false, e);
        }
        catch (HttpRequestException e)
        {
            response?.Dispose();
            throw new ForgeFailure($"{caller.Name} cannot be reached: {Reason(e)}. Check the address and the network.", isTransient: true, e);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new ForgeFailure($"{caller.Name} did not answer within {Each.TotalSeconds:0} s. Try again later.", isTransient: true, e);
        }
    }

    // Not the exception's own words, which may hold the address, and an address may hold a secret.
    private static string Reason(HttpRequestException e) => e.InnerException is SocketException socket ? socket.SocketErrorCode.ToString() : e.HttpRequestError.ToString();
}
