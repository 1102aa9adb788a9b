using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>What a look asks: the primary metric and the guardrails at every look, the other metrics where it may decide.</summary>
internal sealed class LookQueries
{
    private readonly Contract _contract;
    private readonly Dictionary<QueryKey, MetricQuery> _queries = [];

    /// <summary>Draws up the questions.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="definitions">The metrics as they are defined now.</param>
    /// <param name="start">When the run was started.</param>
    /// <param name="watermark">Up to where data have arrived.</param>
    /// <param name="mayDecide">Whether the look may decide.</param>
    public LookQueries(Contract contract, IReadOnlyDictionary<string, MetricDefinition> definitions, DateTimeOffset start, DateTimeOffset watermark, bool mayDecide)
    {
        _contract = contract;
        var request = contract.Request;
        Ask(Primary(contract));
        foreach (var guardrail in request.Guardrails) Ask(new QueryKey(guardrail.Metric, InWindow: false));
        if (!mayDecide) return;
        foreach (var metric in request.Metrics.Skip(1)) Ask(new QueryKey(metric, contract.Request.WindowDays is not null));

        void Ask(QueryKey key)
        {
            if (_queries.ContainsKey(key) || Fault(key.Metric, definitions) is not null) return;
            _queries[key] = new MetricQuery
            {
                Metric = definitions[key.Metric],
                Flag = contract.Terms.FlagKey,
                Arms = [.. request.Arms.Select(arm => arm.Name)],
                Start = start,
                Watermark = watermark,
                Lookback = TimeSpan.FromHours(request.Schedule.GuardrailHours),
                Window = key.InWindow ? TimeSpan.FromDays(request.WindowDays!.Value) : null,
                Threshold = contract.Metric(key.Metric).Kind == MetricKind.Quantile
                    ? request.Guardrails.OfType<Guardrail.Limit>().FirstOrDefault(limit => limit.Metric == key.Metric)?.Threshold
                    : null,
            };
        }
    }

    /// <summary>The questions, each once.</summary>
    public IReadOnlyDictionary<QueryKey, MetricQuery> All => _queries;

    /// <summary>The question for the primary metric; a contract's window is its own, guardrails do not wait for it.</summary>
    public static QueryKey Primary(Contract contract) => new(contract.Request.PrimaryMetric, contract.Request.WindowDays is not null);

    /// <summary>What is wrong with the definitions of the contract's metrics as they are now: measured otherwise than registered proves nothing.</summary>
    public IEnumerable<string> Faults(IReadOnlyDictionary<string, MetricDefinition> definitions) =>
        _contract.Terms.Metrics.Select(metric => Fault(metric.Name, definitions)).OfType<string>();

    private string? Fault(string metric, IReadOnlyDictionary<string, MetricDefinition> definitions)
    {
        var registered = _contract.Metric(metric);
        if (!definitions.TryGetValue(metric, out var now)) return $"{metric} has no definition any more; put back the one that was registered";
        return now.Kind == registered.Kind && now.Better == registered.Better && (registered.Definition is null || registered.Definition == now.Digest)
            ? null
            : $"the definition of {metric} is not the one that was registered; put that back, or stop this experiment";
    }
}

/// <summary>A question of a look.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="InWindow">Whether the contract's window applies.</param>
internal readonly record struct QueryKey(string Metric, bool InWindow);
