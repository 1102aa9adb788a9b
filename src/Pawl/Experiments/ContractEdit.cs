using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>Whether a request still is what was registered. A running experiment is never changed; what is to be different is a new one.</summary>
public abstract record ContractEdit
{
    private ContractEdit()
    {
    }

    /// <summary>Nothing is to be changed.</summary>
    public sealed record Unchanged : ContractEdit;

    /// <summary>Something is, and that is refused.</summary>
    /// <param name="Fields">The fields and why each of them does not move, in the order of the alphabet.</param>
    public sealed record Refused(IReadOnlyList<FixedField> Fields) : ContractEdit
    {
        /// <summary>The refusal in words, and what to do instead.</summary>
        public string Message => $"The contract of a running experiment does not move: {string.Join(" ", Fields.Select(f => $"{f.Field} stays, because {f.Why}."))} "
            + "Stop this experiment (pawl experiment stop), then start a new one from the changed request; it gets its own contract, seed and flag version.";
    }

    /// <summary>Compares a request with the contract of a running experiment.</summary>
    public static ContractEdit Judge(Contract running, ExperimentRequest changed)
    {
        ArgumentNullException.ThrowIfNull(running);
        ArgumentNullException.ThrowIfNull(changed);
        var (before, after) = (Members(running.Document.GetProperty("request")), Members(ContractJson.Write(changed)));
        FixedField[] fields = [.. before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name))
            .Select(name => new FixedField(name, Why(name)))];
        return fields.Length == 0 ? new Unchanged() : new Refused(fields);
    }

    private static Dictionary<string, string> Members(JsonElement request) =>
        request.EnumerateObject().ToDictionary(member => member.Name, member => CanonicalJson.Digest(member.Value), StringComparer.Ordinal);

    private static string Why(string field) => field switch
    {
        "split" => "units of different days would come in different shares, and what differs between days would look like an effect",
        "treatment_spec" => "units that saw another variant would count for this one",
        "metrics" or "primary_metric" => "a metric chosen after seeing results finds an effect more often than α says",
        "window_days" => "units would be counted over unequal times, and which ones depends on when the window was changed",
        "guardrails" => "a limit moved after seeing results guards nothing",
        "analysis" or "mde" or "mde_kind" or "promote_when" => "a rule of decision chosen after seeing results does not keep its α",
        "max_duration_days" => "an end chosen after seeing results is optional stopping",
        "exposure_rules" or "population" or "unit" => "the units before and after would not be comparable",
        _ => "it was registered, and every receipt names the hash of what was registered",
    };
}

/// <summary>A field that does not move.</summary>
/// <param name="Field">Its name in the request.</param>
/// <param name="Why">What moving it would do.</param>
public sealed record FixedField(string Field, string Why);
