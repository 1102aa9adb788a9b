using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag evaluate KEY --attributes '{…}'</c></summary>
internal static class FlagEvaluateCommand
{
    public static Command Create(CommandContext context)
    {
        var key = new Argument<string>("KEY") { Description = "The flag's key." };
        var attributes = new Option<string?>("--attributes") { Description = "What is known of the unit, such as {\"id\": \"7\"}.", HelpName = "JSON" };
        var payload = new Option<string?>("--payload") { Description = "A GrowthBook SDK payload to evaluate, in place of the database.", HelpName = "FILE" };
        var secret = new Option<string?>("--encryption-key") { Description = "The key of an encrypted payload, in base64. Default: $PAWL_PAYLOAD_KEY.", HelpName = "KEY" };
        var command = new Command("evaluate", "What a unit gets, and why: which rule, which bucket, why not the others.") { key, attributes, payload, secret };
        command.SetAction(async (parsed, _) =>
        {
            var (name, unit) = (parsed.GetValue(key)!, FlagInput.Attributes(parsed.GetValue(attributes)));
            Flag? flag = null;
            FlagSet set;
            if (parsed.GetValue(payload) is { } file)
            {
                set = FlagSet.Parse(Decrypted(file, FlagInput.Key(parsed.GetValue(secret))));
            }
            else
            {
                await using var database = context.OpenDatabase();
                (flag, set) = database.Flags.Read(view =>
                {
                    var flags = view.Sound(out var damaged);
                    return damaged.FirstOrDefault(problem => problem.Flag == name) is { Message: { } message }
                        ? throw new UnavailableException(message)
                        : (flags.FirstOrDefault(f => f.Key == name), FlagSet.Parse(FlagPayload.Write(flags)));
                });
            }

            var explained = new FlagEvaluator(set).Explain(name, unit);
            if (explained.Result.Source == FlagSource.UnknownFeature)
                throw new BadInputException(flag is null ? FlagEdit.NoFlag(name) : $"The flag {name} is archived, so nobody gets anything of it. `pawl flag set {name} --restore` takes it back.");
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, explained, flag));
            else Show(explained, flag);
            return ExitCode.Done;
        });
        return command;
    }

    private static byte[] Decrypted(string file, string? secret)
    {
        var bytes = FlagInput.File(file, Limits.FlagPayloadBytes);
        if (secret is null) return bytes;
        try
        {
            return EncryptedPayload.TryDecrypt(Json.Parse(bytes), secret, out var plain, out var reason)
                ? System.Text.Encoding.UTF8.GetBytes(plain.GetRawText())
                : throw new BadInputException($"{file} cannot be decrypted: {reason}");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{file} is no JSON: {e.Message}", e);
        }
    }

    private static void Write(Utf8JsonWriter to, FlagExplanation explained, Flag? flag)
    {
        to.WriteStartObject();
        to.WriteString("flag", explained.Flag);
        to.WritePropertyName("value");
        explained.Result.Value.WriteTo(to);
        to.WriteString("variant", flag?.VariantOf(explained.Result));
        to.WriteString("source", JsonNamingPolicy.CamelCase.ConvertName(explained.Result.Source.ToString()));
        to.WriteString("rule_id", explained.Result.RuleId);
        if (flag is not null) to.WriteNumber("version", flag.Version);
        to.WriteString("reason", explained.Reason);
        to.WriteStartArray("rules");
        foreach (var rule in explained.Rules)
        {
            to.WriteStartObject();
            to.WriteNumber("index", rule.Index);
            to.WriteString("id", rule.Id);
            to.WriteBoolean("applied", rule.Applied);
            if (rule.Bucket is { } bucket) to.WriteNumber("bucket", bucket);
            to.WriteStartArray("reasons");
            foreach (var reason in rule.Reasons) to.WriteStringValue(reason);
            to.WriteEndArray();
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Show(FlagExplanation explained, Flag? flag)
    {
        var variant = flag?.VariantOf(explained.Result) is { } name ? $"  ({name})" : "";
        Terminal.Line($"{explained.Flag} = {Terminal.Short(explained.Result.Value.GetRawText(), 160)}{variant}");
        Terminal.Line($"because {explained.Reason}");
        foreach (var rule in explained.Rules)
        {
            Terminal.Line();
            var bucket = rule.Bucket is { } hash ? string.Create(CultureInfo.InvariantCulture, $"  bucket {hash}") : "";
            Terminal.Line($"rule {rule.Index + 1}{(rule.Id.Length > 0 ? " " + rule.Id : "")}: {(rule.Applied ? "applies" : "passed over")}{bucket}");
            foreach (var reason in rule.Reasons) Terminal.Line($"  {reason}");
        }
    }
}
