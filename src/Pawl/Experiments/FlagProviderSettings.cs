using System.Text.Json;
using Pawl.Experiments.Flagd;
using Pawl.Flags;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>The part <c>flags:</c> of pawl.yaml, which says what serves the variants of experiments: <c>{kind: pawl}</c>, or <c>{kind: flagd, file: flags.flagd.json}</c>.</summary>
public sealed record FlagProviderSettings
{
    private FlagProviderSettings(string? file) => File = file;

    /// <summary>Pawl's own flags: what holds where nothing is said.</summary>
    public static FlagProviderSettings Pawl { get; } = new(file: null);

    /// <summary>The file of flagd definitions; null: Pawl's own flags.</summary>
    public string? File { get; }

    /// <summary>Reads it.</summary>
    /// <param name="flags">The value of <c>flags:</c>, as JSON.</param>
    /// <param name="folder">The folder of pawl.yaml, from which a relative path leads.</param>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place.</exception>
    public static FlagProviderSettings Read(JsonElement flags, string folder)
    {
        string? kind = null, file = null;
        try
        {
            JsonShape.Members(flags, (name, value) =>
            {
                switch (name)
                {
                    case "kind": kind = JsonShape.Text(value); break;
                    case "file": file = JsonShape.Text(value); break;
                    default: throw new JsonShapeException("is unknown: there are kind and file");
                }
            });
            return kind switch
            {
                "pawl" when file is null => Pawl,
                "pawl" => throw new JsonShapeException("belongs to flagd").Inside("file"),
                "flagd" => new FlagProviderSettings(Path.Combine(folder, Checked(file))),
                null => throw new JsonShapeException("\"kind\" is missing: pawl or flagd"),
                _ => throw new JsonShapeException("is unknown: there are pawl and flagd").Inside("kind"),
            };
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"flags{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }

    /// <summary>Makes the provider.</summary>
    public IFlagProvider Provider(IStore store, IFlagStore flags, ReceiptLedger ledger, TimeProvider time) =>
        File is null ? new PawlFlagProvider(store, flags, new FlagRegistry(flags, ledger)) : new FlagdFileProvider(File, store, ledger, time);

    private static string Checked(string? file)
    {
        if (string.IsNullOrEmpty(file)) throw new JsonShapeException("\"file\" is missing: the file of flagd definitions");
        return Path.GetExtension(file) is ".yaml" or ".yml" ? throw new JsonShapeException("is in YAML; flagd reads JSON as well, and Pawl writes only that").Inside("file") : file;
    }
}
