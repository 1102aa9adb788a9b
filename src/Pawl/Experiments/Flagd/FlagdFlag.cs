using System.Text.Json;

namespace Pawl.Experiments.Flagd;

/// <summary>
/// A flag of a flagd definition, and what Pawl keeps in its metadata: the version, the contract, the key of the step that made it, and a digest over all of that,
/// which tells whether somebody changed it by hand. Such a change counts as one more version.
/// </summary>
internal sealed class FlagdFlag
{
    private const string VersionMember = "pawl_version";
    private const string ContractMember = "pawl_contract";
    private const string KeyMember = "pawl_key";
    private const string CoverageMember = "pawl_coverage";
    private const string DigestMember = "pawl_digest";

    private static readonly string[] Ours = [VersionMember, ContractMember, KeyMember, CoverageMember, DigestMember];

    private readonly JsonElement _metadata;

    public FlagdFlag(JsonElement definition)
    {
        Definition = definition;
        _metadata = definition.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object ? metadata : Json.EmptyObject;
        var stamped = _metadata.TryGetProperty(VersionMember, out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var number) && number > 0 ? number : 0;
        IsTouched = stamped == 0 || Text(DigestMember) != DigestOf(definition);
        Version = IsTouched ? stamped + 1 : stamped;
    }

    /// <summary>As it stands in the file.</summary>
    public JsonElement Definition { get; }

    public long Version { get; }

    /// <summary>Whether it is not as Pawl wrote it.</summary>
    public bool IsTouched { get; }

    /// <summary>The key of the step that made it.</summary>
    public string? Key => Text(KeyMember);

    public string? Contract => Text(ContractMember);

    public string? Digest => Text(DigestMember);

    public bool IsEnabled => !Definition.TryGetProperty("state", out var state) || state.ValueKind != JsonValueKind.String || state.GetString() != "DISABLED";

    public string? Default => Definition.TryGetProperty("defaultVariant", out var variant) && variant.ValueKind == JsonValueKind.String ? variant.GetString() : null;

    public bool HasTargeting => Definition.TryGetProperty("targeting", out var targeting) && !(targeting.ValueKind == JsonValueKind.Null || (targeting.ValueKind == JsonValueKind.Object && targeting.GetPropertyCount() == 0));

    /// <summary>The values by name, without that of units outside of an experiment.</summary>
    public IReadOnlyDictionary<string, string> Variants => Definition.TryGetProperty("variants", out var variants) && variants.ValueKind == JsonValueKind.Object
        ? variants.EnumerateObject().Where(variant => variant.Name != FlagdTargeting.Outside || Contract is null).ToDictionary(variant => variant.Name, variant => CanonicalJson.Digest(variant.Value), StringComparer.Ordinal)
        : new Dictionary<string, string>(StringComparer.Ordinal);

    public ServedState Served => new()
    {
        Version = Version,
        Variants = Variants,
        Default = IsEnabled ? Default : null,
        HasRules = IsEnabled && HasTargeting,
        MadeFor = IsTouched ? null : Contract,
        Coverage = IsEnabled && HasTargeting && !IsTouched && _metadata.TryGetProperty(CoverageMember, out var coverage) && coverage.ValueKind == JsonValueKind.Number ? coverage.GetDouble() : 0,
    };

    /// <summary>The flag of a contract that gives everyone the control.</summary>
    public static FlagdFlag Create(FlagStep step)
    {
        var arms = step.Contract.Request.Arms;
        return Stamped(step, Json.EmptyObject, to =>
        {
            to.WriteString("state", "ENABLED");
            to.WriteStartObject("variants");
            foreach (var arm in arms) Json.WriteMember(to, arm.Name, arm.Value);
            Json.WriteMember(to, FlagdTargeting.Outside, arms[0].Value);
            to.WriteEndObject();
            to.WriteString("defaultVariant", ExperimentRequest.ControlName);
        });
    }

    /// <summary>The flag with another default and targeting (undefined: none); all else stays.</summary>
    public FlagdFlag With(FlagStep step, string defaultVariant, JsonElement targeting) => Stamped(step, _metadata, to =>
    {
        foreach (var member in Definition.EnumerateObject())
        {
            if (member.Name is not ("defaultVariant" or "targeting" or "metadata")) member.WriteTo(to);
        }

        to.WriteString("defaultVariant", defaultVariant);
        if (targeting.ValueKind != JsonValueKind.Undefined) Json.WriteMember(to, "targeting", targeting);
    });

    private static FlagdFlag Stamped(FlagStep step, JsonElement metadata, Action<Utf8JsonWriter> write)
    {
        var digest = DigestOf(Written(null));
        return new FlagdFlag(Written(digest));

        JsonElement Written(string? digest) => Json.Object(to =>
        {
            write(to);
            to.WriteStartObject("metadata");
            foreach (var member in metadata.EnumerateObject().Where(member => !Ours.Contains(member.Name))) member.WriteTo(to);
            to.WriteNumber(VersionMember, step.ExpectedVersion + 1);
            to.WriteString(ContractMember, step.Contract.Hash);
            to.WriteString(KeyMember, step.Key);
            if (step.Kind == FlagStepKind.Allocate) to.WriteNumber(CoverageMember, step.Coverage);
            if (digest is not null) to.WriteString(DigestMember, digest);
            to.WriteEndObject();
        });
    }

    private static string DigestOf(JsonElement definition) => CanonicalJson.Digest(Json.Object(to =>
    {
        foreach (var member in definition.EnumerateObject())
        {
            if (member.Name != "metadata" || member.Value.ValueKind != JsonValueKind.Object)
            {
                member.WriteTo(to);
                continue;
            }

            to.WriteStartObject("metadata");
            foreach (var inner in member.Value.EnumerateObject().Where(inner => inner.Name != DigestMember)) inner.WriteTo(to);
            to.WriteEndObject();
        }
    }));

    private string? Text(string member) => _metadata.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
