using System.Text.Json;
using Pawl.Experiments;

namespace Pawl.Tests.Experiments;

/// <summary>Steps of an experiment's flag, with the arguments and keys that the tools give them.</summary>
internal static class FlagSteps
{
    public static FlagStep Create(Contract contract) => Of(FlagStepKind.Create, "CreateFlag", contract, 0, to =>
    {
        to.WriteString("key", contract.Terms.FlagKey);
        to.WriteStartObject("variants");
        foreach (var arm in contract.Request.Arms) Json.WriteMember(to, arm.Name, arm.Value);
        to.WriteEndObject();
    });

    public static FlagStep Allocate(Contract contract, long version, double coverage) => Of(FlagStepKind.Allocate, "AllocateTraffic", contract, version, to =>
    {
        to.WriteString("flag_key", contract.Terms.FlagKey);
        to.WriteStartObject("split");
        foreach (var arm in contract.Request.Arms) to.WriteNumber(arm.Name, arm.Percent);
        to.WriteEndObject();
        to.WriteNumber("coverage", coverage);
        to.WriteStartArray("exposure_rules");
        foreach (var rule in contract.Request.ExposureRules) to.WriteStringValue(rule);
        to.WriteEndArray();
    }) with
    { Coverage = coverage };

    public static FlagStep Promote(Contract contract, long version, string arm) => Of(FlagStepKind.Promote, "PromoteVariant", contract, version, to =>
    {
        to.WriteString("flag_key", contract.Terms.FlagKey);
        to.WriteString("variant", arm);
    }) with
    { Arm = arm };

    public static FlagStep RollBack(Contract contract, long version) => Of(FlagStepKind.RollBack, "RollbackVariant", contract, version, to =>
    {
        to.WriteString("flag_key", contract.Terms.FlagKey);
        to.WriteString("to_variant", ExperimentRequest.ControlName);
    });

    private static FlagStep Of(FlagStepKind kind, string tool, Contract contract, long version, Action<Utf8JsonWriter> write)
    {
        var args = Json.Object(write);
        return new FlagStep
        {
            Kind = kind,
            Contract = contract,
            ExpectedVersion = version,
            Key = ExperimentTool.Find(tool)!.Key(contract, version, args),
            Args = args,
            Actor = "agent:test",
            Why = "because",
        };
    }
}
