using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Pawl.Flags;

/// <summary>
/// What a service asks for its flags. It answers from memory, from any number of threads, and never throws for what is wrong with a flag: the
/// caller's fallback comes back with the reason. When what the flags come from cannot be read, it goes on with what it read last and says so.
/// </summary>
public sealed partial class FlagClient : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private readonly FlagClientOptions _options;
    private readonly ILogger _log;
    private readonly ExposureTracker? _exposures;
    private readonly ITimer _timer;
    private readonly Lock _refreshing = new();
    private volatile FlagSnapshot _snapshot = FlagSnapshot.Empty;
    private volatile bool _isStale;

    /// <summary>Reads the flags, and from then on looks for changes. Where they cannot be read it starts without any, and keeps trying.</summary>
    /// <exception cref="ArgumentException">The options name no source, or several.</exception>
    public FlagClient(FlagClientOptions options, TimeProvider? time = null, ILogger<FlagClient>? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        (_options, _log) = (options, log ?? NullLogger<FlagClient>.Instance);
        _exposures = Tracker(options.OnExposure);
        Refresh();
        _timer = (time ?? TimeProvider.System).CreateTimer(_ => Poll(), null, options.PollInterval, options.PollInterval);
    }

    /// <summary>Whether the last attempt to read failed, so that answers may be older than what stands.</summary>
    public bool IsStale => _isStale;

    /// <summary>The value of a flag for a unit.</summary>
    /// <typeparam name="T">What System.Text.Json can make of the variant's value. A number is no string, and no value is no <c>T</c>.</typeparam>
    /// <param name="key">The flag.</param>
    /// <param name="context">Who asks.</param>
    /// <param name="fallback">What to return where the flag has no such value.</param>
    public FlagValue<T> Evaluate<T>(string key, EvaluationContext context, T fallback)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        var snapshot = _snapshot;
        var flag = snapshot.Documents.GetValueOrDefault(key);
        try
        {
            var result = snapshot.Evaluator.Evaluate(key, context, context.Exposures ?? _exposures);
            var answer = new FlagValue<T>(fallback, Reason(result)) { RuleId = result.RuleId ?? "", Version = flag?.Version ?? 0, Error = result.Problem };
            if (answer.IsFallback) return answer;
            if (result.Value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return answer with { Reason = FlagReason.NoValue };
            return TryConvert(result.Value, out T? value)
                ? answer with { Value = value, Variant = Variant(flag, result) }
                : answer with { Reason = FlagReason.TypeMismatch, Error = $"The flag {key} has the value {ShortText.Start(result.Value.GetRawText(), 60)}, which is no {typeof(T).Name}." };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A tracking callback or a converter of the caller may throw anything; the caller's work goes on.
            LogFailed(_log, e, key);
            return new FlagValue<T>(fallback, FlagReason.Error) { Version = flag?.Version ?? 0, Error = e.Message };
        }
    }

    /// <summary>Reads again now if something changed. Does not throw; see <see cref="IsStale"/>.</summary>
    public void Refresh()
    {
        lock (_refreshing) Read();
    }

    /// <summary>Looks for changes no more. It goes on answering.</summary>
    public void Dispose() => _timer.Dispose();

    // When a reading takes longer than the interval the next one waits for its own turn.
    private void Poll()
    {
        if (!_refreshing.TryEnter()) return;
        try
        {
            Read();
        }
        finally
        {
            _refreshing.Exit();
        }
    }

    private void Read()
    {
        try
        {
            if (FlagSnapshot.Read(_options, _snapshot.Stamp) is { } next)
            {
                foreach (var problem in next.Evaluator.Flags.Problems) LogProblem(_log, problem.Flag, problem.Message);
                _snapshot = next;
            }

            if (_isStale) LogBack(_log);
            _isStale = false;
        }
        catch (Exception e) when (e is UnavailableException or BadInputException or IOException or UnauthorizedAccessException or JsonException)
        {
            if (!_isStale) LogStale(_log, e, _snapshot.Evaluator.Flags.Count);
            _isStale = true;
        }
    }

    private static FlagReason Reason(in FlagResult result) => result.Source switch
    {
        FlagSource.DefaultValue => FlagReason.Default,
        FlagSource.Force => FlagReason.Rule,
        FlagSource.Experiment => FlagReason.Split,
        FlagSource.Override => FlagReason.Override,
        FlagSource.UnknownFeature => FlagReason.NotFound,
        FlagSource.Prerequisite => FlagReason.NoValue,
        _ => FlagReason.Error,
    };

    private static string? Variant(Flag? flag, in FlagResult result)
    {
        if (flag is not null) return flag.VariantOf(result);
        return result.Source == FlagSource.Experiment ? result.Assignment.VariationKey : null;
    }

    private static bool TryConvert<T>(JsonElement value, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? converted)
    {
        converted = default;
        if (typeof(T) == typeof(bool))
        {
            // The common case, without the serializer.
            if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return false;
            converted = (T)(object)(value.ValueKind == JsonValueKind.True);
            return true;
        }

        try
        {
            converted = value.Deserialize<T>(Web);
            return converted is not null and not double.PositiveInfinity and not double.NegativeInfinity and not float.PositiveInfinity and not float.NegativeInfinity
                && (value.ValueKind != JsonValueKind.String || !IsNumber(typeof(T)));
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    // System.Text.Json's web defaults read "7" as 7; a flag says what it means.
    private static bool IsNumber(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The flags cannot be read; {Count} flags are answered as they were read last")]
    private static partial void LogStale(ILogger log, Exception e, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "The flags can be read again")]
    private static partial void LogBack(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The flag {Flag} answers its default: {Problem}")]
    private static partial void LogProblem(ILogger log, string flag, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Evaluating the flag {Flag} failed; the caller's fallback was returned")]
    private static partial void LogFailed(ILogger log, Exception e, string flag);
}
