namespace Pawl.Cli.Models;

/// <summary>Reads responses whole, up to a limit: a client library would read whatever comes.</summary>
internal sealed class BoundedResponses(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(Limits.ModelResponseBytes, cancellationToken);
            return response;
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            response.Dispose();
            // Not an HTTP fault, or the libraries would ask for the same again.
            throw new InvalidDataException($"the response has more than the {Limits.ModelResponseBytes} bytes allowed", e);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
