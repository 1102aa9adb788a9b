using System.CommandLine;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag create KEY --variants JSON --default NAME</c></summary>
internal static class FlagCreateCommand
{
    public static Command Create(CommandContext context)
    {
        var key = new Argument<string>("KEY") { Description = "The flag's key." };
        var variants = new Option<string?>("--variants") { Description = "Names and values, such as {\"on\": true, \"off\": false}; or a file of them.", HelpName = "JSON|FILE" };
        var fallback = new Option<string?>("--default") { Description = "The variant for units that no rule serves.", HelpName = "NAME" };
        var file = new Option<string?>("--file") { Description = "The flag's whole document, in place of --variants and --default.", HelpName = "FLAG.json" };
        var edit = new FlagEdit(context);
        var command = new Command("create", "Make a flag.") { key, variants, fallback, file };
        edit.AddTo(command, withVersion: false);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (given, document) = (parsed.GetValue(variants), parsed.GetValue(file));
            if (given is null == document is null || (document is not null && parsed.GetValue(fallback) is not null))
                return Task.FromResult(context.Usage("Give either --variants (and --default) or --file.", command));
            var flag = document is not null
                ? FlagInput.Document(document, parsed.GetValue(key)!)
                : new Flag
                {
                    Key = parsed.GetValue(key)!,
                    Variants = FlagJson.ReadVariants(FlagInput.JsonOrFile(given!, Limits.FlagDocumentBytes)),
                    Default = parsed.GetValue(fallback),
                };
            return edit.RunAsync(parsed, flag.Key, (registry, transaction, act) => registry.Create(transaction, flag, act), version: 0, cancellationToken);
        });
        return command;
    }
}
