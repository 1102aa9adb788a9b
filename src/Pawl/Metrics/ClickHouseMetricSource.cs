using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Pawl.Metrics;

/// <summary>ClickHouse 18.16 or newer, over its HTTP interface.</summary>
/// <param name="source">Where it is.</param>
/// <param name="exposures">The user's SELECT of unit, variant and at.</param>
/// <param name="clock">Tells when it was asked, and measures the limit.</param>
internal sealed class ClickHouseMetricSource(MetricSourceDefinition.ClickHouse source, string exposures, TimeProvider clock)
    : StatementSource(source.Name, source.Limit, clock)
{
    private const string Format = "TabSeparated";

    // A redirect is not followed: the password would go with it.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = Limits.ClickHouseAnswerBytes,
    };

    protected override SqlStatement Write(MetricQuery query) => new ClickHouseGenerator(exposures).Write(query);

    protected override MetricFault? FaultOf(Exception e) => ClickHouseFault.Of(e);

    protected override async Task ReadAsync(SqlStatement statement, SqlAnswer answer, CancellationToken cancellationToken)
    {
        var body = await AskAsync(statement, cancellationToken).ConfigureAwait(false);
        foreach (var row in Rows(body)) answer.Add(column => row[column]);
    }

    // A user who may only read may not say so either: then what is refused is left out, and read-only it is all the same.
    private async Task<string> AskAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        const string timeLimit = "max_execution_time", readOnly = "readonly";
        var inTime = $"&{timeLimit}={((long)Math.Ceiling(Limit.TotalSeconds)).ToString(CultureInfo.InvariantCulture)}";
        for (var settings = $"{inTime}&{readOnly}=1"; ;)
        {
            try
            {
                return await PostAsync(statement, settings, cancellationToken).ConfigureAwait(false);
            }
            catch (ClickHouseException e) when (settings.Length > 0 && ClickHouseFault.RefusesSetting(e, timeLimit))
            {
                settings = "";
            }
            catch (ClickHouseException e) when (settings.Length > inTime.Length && ClickHouseFault.RefusesSetting(e, readOnly))
            {
                settings = inTime;
            }
        }
    }

    private async Task<string> PostAsync(SqlStatement statement, string settings, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(statement, settings));
        // A server that refuses before it has read all leaves the rest in the connection, for the next request to stumble over.
        request.Headers.ConnectionClose = true;
        if (source.User is { } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{source.Password}")));

        using var row = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\t', statement.Parameters.Values.Select(Written)) + "\n"));
        using var form = new MultipartFormDataContent { { row, ClickHouseGenerator.ParameterTable, ClickHouseGenerator.ParameterTable } };
        request.Content = form;
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return body;
        var said = ClickHouseException.Read(body);
        throw said.Code > 0 ? said : new HttpRequestException($"{source.Url.Host} answered {(int)response.StatusCode} {response.ReasonPhrase}. {said.Message}".TrimEnd());
    }

    // Where a table comes along, ClickHouse takes the statement from the URL alone. Waiting for the end makes an error that comes late a status, and not the end of the rows.
    private Uri Url(SqlStatement statement, string settings)
    {
        const string table = ClickHouseGenerator.ParameterTable;
        var structure = string.Join(", ", statement.Parameters.Select(p => $"{p.Key} {TypeOf(p.Value)}"));
        var database = source.Database is { } name ? $"&database={Uri.EscapeDataString(name)}" : "";
        var url = $"{source.Url.AbsoluteUri}?default_format={Format}WithNames&wait_end_of_query=1{database}{settings}&{table}_format={Format}"
            + $"&{table}_structure={Escaped(structure)}&query={Escaped(statement.Text)}";
        return url.Length <= Limits.ClickHouseUrlCharacters ? new Uri(url) : throw new InvalidOperationException(
            $"The statement comes to {url.Length} characters as a URL, and ClickHouse takes {Limits.ClickHouseUrlCharacters}. Shorten the SQL of the metric and of the exposures, or make views of them.");
    }

    // These stand for themselves in a query, and make up much of one.
    private static string Escaped(string text) => new StringBuilder(Uri.EscapeDataString(text))
        .Replace("%20", "+").Replace("%28", "(").Replace("%29", ")").Replace("%2C", ",").Replace("%2A", "*").Replace("%3D", "=").ToString();

    private static string TypeOf(object value) => value switch
    {
        long => "Int64",
        double => "Float64",
        DateTimeOffset => "DateTime",
        _ => "String",
    };

    private static string Written(object value) => value switch
    {
        DateTimeOffset at => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        string text => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\t", @"\t", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal).Replace("\r", @"\r", StringComparison.Ordinal).Replace("\0", @"\0", StringComparison.Ordinal),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static IEnumerable<Dictionary<string, object?>> Rows(string body)
    {
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var names = lines.Length > 0 ? lines[0].Split('\t') : [];
        if (names is not ["arm", ..]) throw new InvalidDataException("The answer is not the table that was asked of ClickHouse. Is the URL that of its HTTP interface?");
        foreach (var line in lines.Skip(1))
        {
            var values = line.Split('\t');
            if (values.Length != names.Length) throw new InvalidDataException("A row of ClickHouse's answer has not as many values as there are columns.");
            yield return names.Zip(values).ToDictionary(pair => pair.First, pair => Value(pair.Second), StringComparer.Ordinal);
        }
    }

    private static object? Value(string text) => text switch
    {
        @"\N" => null,
        "inf" or "-inf" or "nan" or "-nan" => double.NaN, // none of them is a number to go on with
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new InvalidDataException("A value of ClickHouse's answer is not a number."),
    };
}
