using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag export --format growthbook</c></summary>
internal static class FlagExportCommand
{
    public static Command Create(CommandContext context)
    {
        var format = new Option<string>("--format") { Description = "The format: growthbook.", DefaultValueFactory = _ => "growthbook" };
        format.AcceptOnlyFromAmong("growthbook");
        var key = new Option<string?>("--encryption-key") { Description = "Encrypt the payload: 16 bytes in base64. Default: $PAWL_PAYLOAD_KEY.", HelpName = "KEY" };
        var output = new Option<string?>("--out") { Description = "The file to write. Default: standard output.", HelpName = "FILE" };
        var command = new Command("export", "Write the payload that the GrowthBook SDKs read.") { format, key, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var payload = Json.Parse(FlagPayload.Write(database.Flags.Read(view => view.All())));
            if (FlagInput.Key(parsed.GetValue(key)) is { } secret)
            {
                using var random = RandomNumberGenerator.Create();
                payload = EncryptedPayload.Encrypt(payload, secret, random);
            }

            if (parsed.GetValue(output) is { } file)
            {
                await File.WriteAllTextAsync(file, payload.GetRawText() + "\n", new UTF8Encoding(false), cancellationToken);
                if (!context.IsJson) Terminal.Line($"Written to {file}");
            }

            if (parsed.GetValue(output) is null || context.IsJson) CommandContext.WriteJson(payload.WriteTo);
            return ExitCode.Done;
        });
        return command;
    }
}
