using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Reads one payload into a flag set.</summary>
internal sealed class FlagReader
{
    private readonly JsonElement payload;
    private readonly Dictionary<string, ContextualBandit> bandits = new(StringComparer.Ordinal);
    private readonly List<FlagProblem> problems = [];
    private readonly ConditionReader conditions;

    /// <exception cref="BadInputException">The payload is no object, or its saved groups are no object.</exception>
    public FlagReader(JsonElement payload)
    {
        if (payload.ValueKind != JsonValueKind.Object) throw new BadInputException($"The flag payload must be a JSON object, not {payload.ValueKind}.");
        this.payload = payload;
        var groups = Member("savedGroups") is { } saved ? SavedGroups.Read(saved) : SavedGroups.None;
        problems.AddRange(groups.Problems);
        conditions = new ConditionReader(groups);
    }

    public FlagSet Read()
    {
        if (Member("features") is not { ValueKind: JsonValueKind.Object } features)
        {
            throw new BadInputException(Member("encryptedFeatures") is null
                ? "The flag payload has no object \"features\"; an empty one says that there are no flags."
                : "The flag payload is encrypted; decrypt it first.");
        }

        ReadBandits();
        var flags = new Dictionary<string, CompiledFlag>(StringComparer.Ordinal);
        foreach (var feature in features.EnumerateObject()) flags[feature.Name] = Flag(feature, flags.Count);
        foreach (var requirement in flags.Values.SelectMany(f => f.Rules).SelectMany(r => r.Requirements))
            requirement.Flag = flags.GetValueOrDefault(requirement.Prerequisite.Flag);
        return new FlagSet([.. flags.Values], Member("dateUpdated") is { ValueKind: JsonValueKind.String } date ? date.GetString() : null, problems);
    }

    private JsonElement? Member(string name) => payload.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private void ReadBandits()
    {
        if (Member("contextualBandits") is not { } json) return;
        if (json.ValueKind != JsonValueKind.Object) throw new BadInputException($"contextualBandits must be an object, not {json.ValueKind}.");
        foreach (var bandit in json.EnumerateObject())
        {
            try
            {
                bandits[bandit.Name] = RuleReader.Bandit(new JsonMembers(bandit.Value, "contextualBandits." + bandit.Name), conditions);
            }
            catch (BadInputException e)
            {
                // Without its definition an experiment keeps its own weights, as the SDKs have it.
                problems.Add(new FlagProblem(bandit.Name, e.Message));
            }
        }
    }

    private CompiledFlag Flag(JsonProperty feature, int ordinal)
    {
        var place = "features." + feature.Name;
        var fallback = FlagValue.Null;
        try
        {
            var flag = new JsonMembers(feature.Value, place);
            if (flag.Value("defaultValue") is { } value) fallback = new FlagValue(value);
            var rules = flag.List("rules") ?? [];
            return new CompiledFlag(feature.Name, ordinal, fallback,
                [.. rules.Select((rule, i) => new RuleReader(feature.Name, conditions, bandits).Rule(new JsonMembers(rule, $"{place}.rules[{i}]")))], null);
        }
        catch (BadInputException e)
        {
            problems.Add(new FlagProblem(feature.Name, e.Message));
            return new CompiledFlag(feature.Name, ordinal, fallback, [], e.Message);
        }
    }
}
