using System.Text.Json;

namespace Pawl.Runs;

/// <summary>What makes a record valid. A fault is misuse by the caller, and throws at once.</summary>
internal static class DecisionRules
{
    public static void Check(Decision decision)
    {
        ArgumentNullException.ThrowIfNull(decision.Options);
        ArgumentNullException.ThrowIfNull(decision.Intent);
        ArgumentNullException.ThrowIfNull(decision.Reasoning);
        if (decision.Intent.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("An intent may not hold a NUL character.", nameof(decision));
        Names.Checked(decision.NodeId, nameof(decision.NodeId));
        var options = decision.Options;
        if (options.Count > Limits.OptionsPerDecision)
            throw new ArgumentException($"{options.Count} options are more than the {Limits.OptionsPerDecision} that a decision may weigh.", nameof(decision));
        var chosen = false;
        for (var i = 0; i < options.Count; i++)
        {
            var option = options[i];
            Names.Checked(option.Id, "options");
            Share(option.Confidence, $"the confidence of the option \"{option.Id}\"");
            Shallow(option.ActionParams, "The parameters of an option");
            chosen |= option.Id == decision.ChosenOptionId;
            // A few options are compared faster pair by pair than through a set.
            for (var j = 0; j < i && options.Count <= 16; j++)
            {
                if (options[j].Id == option.Id) throw Twice(option.Id);
            }
        }

        if (options.Count > 16)
        {
            var seen = new HashSet<string>(options.Count, StringComparer.Ordinal);
            foreach (var option in options)
            {
                if (!seen.Add(option.Id)) throw Twice(option.Id);
            }
        }

        Shallow(decision.InputContext, "The input context");
        if (!chosen)
        {
            throw new ArgumentException(
                $"The chosen option \"{decision.ChosenOptionId}\" is not among the {options.Count} options: {string.Join(", ", options.Take(16).Select(o => o.Id))}.", nameof(decision));
        }
    }

    public static void Check(Outcome outcome)
    {
        if (outcome.TokensUsed < 0) throw new ArgumentException($"Tokens cannot be negative: {outcome.TokensUsed}.", nameof(outcome));
        if (outcome.LatencyMs < 0) throw new ArgumentException($"Milliseconds cannot be negative: {outcome.LatencyMs}.", nameof(outcome));
        ArgumentNullException.ThrowIfNull(outcome.Summary);
        Shallow(outcome.Result, "The result");
        Shallow(outcome.StateChanges, "The state changes");
    }

    public static void Check(DecisionEvaluation evaluation)
    {
        Share(evaluation.AlignmentScore, "the alignment score");
        Share(evaluation.OutcomeQuality, "the outcome quality");
    }

    public static void Check(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem.Description);
        if (problem.Severity is not (Severity.Critical or Severity.Warning or Severity.Minor))
            throw new ArgumentException($"The severity \"{problem.Severity}\" is none of critical, warning, minor.", nameof(problem));
    }

    /// <summary>A snapshot of any value that becomes a JSON object; null becomes the empty one.</summary>
    public static JsonElement Object(object? value, string parameter)
    {
        if (value is null) return Json.EmptyObject;
        var json = Json.From(value);
        Shallow(json, "A JSON object");
        return json.ValueKind == JsonValueKind.Object
            ? json
            : throw new ArgumentException($"A JSON object belongs here, not a value of the kind {json.ValueKind}.", parameter);
    }

    private static void Shallow(JsonElement value, string what)
    {
        if (!Json.IsShallow(value)) throw new ArgumentException($"{what} may nest at most {Limits.JsonDepth} levels deep.");
    }

    private static void Share(double value, string what)
    {
        if (value is not (>= 0 and <= 1)) throw new ArgumentException($"{what} must be from 0 to 1, not {value.ToString(System.Globalization.CultureInfo.InvariantCulture)}.");
    }

    private static ArgumentException Twice(string id) => new($"The option id \"{id}\" stands twice; ids are unique within a decision.");
}
