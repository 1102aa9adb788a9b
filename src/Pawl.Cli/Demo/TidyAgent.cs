using System.IO.Compression;
using Pawl.Runs;
using Option = Pawl.Runs.Option;

namespace Pawl.Cli.Demo;

/// <summary>
/// A small agent that tidies a folder: it looks at each file, decides what to do with it and does it. It has no model, only rules, and two of
/// them are not good: it unpacks every archive although some are damaged, and it moves a file without looking whether the name is taken.
/// </summary>
internal sealed class TidyAgent(string folder, Random random)
{
    private const string Goal = "tidy-folder";

    /// <summary>Makes a mess to tidy: real files, some of them with the same name in two places, some archives damaged.</summary>
    public void MakeMess()
    {
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["report.pdf", "invoice.pdf", "holiday.jpg", "notes.txt", "backup.zip", "letters.zip", "setup.tmp"])
        {
            if (random.NextDouble() < 0.25) continue;
            var path = Path.Combine(folder, name);
            if (!name.EndsWith(".zip", StringComparison.Ordinal))
            {
                File.WriteAllText(path, $"{name}, {random.Next(100)} pages");
                if (random.NextDouble() < 0.1) Place("documents", name);
            }
            else if (random.NextDouble() < 0.4)
            {
                File.WriteAllText(path, "half of a download"); // an archive in name only
            }
            else
            {
                using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
                using var entry = new StreamWriter(archive.CreateEntry("inside.txt").Open());
                entry.Write("what was in the archive");
            }
        }
    }

    /// <summary>Tidies the folder and records every decision.</summary>
    public async Task<RunId> RunAsync(RunRecorder recorder, CancellationToken cancellationToken)
    {
        var run = await recorder.StartRunAsync(
            Goal,
            new RunDetails { GoalDescription = "Every file of the folder is where it belongs", Agent = new AgentIdentity("tidy", "1") },
            cancellationToken);
        run.SetNode("look");
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToList();
        run.RecordSuccess(run.QuickDecision("See what is there", "List the folder"), files.Count, $"{files.Count} files");
        run.SetNode("sort");
        var left = 0;
        foreach (var file in files)
        {
            if (!Tidy(run, Path.GetFileName(file))) left++;
        }

        if (left > 0) run.ReportProblem(Severity.Critical, "Files are left where they do not belong", $"{left} of {files.Count} could not be put away", suggestedFix: "Try the next option when one fails");
        await run.EndRunAsync(left == 0 ? RunStatus.Completed : RunStatus.Failed, outputData: new { left }, cancellationToken: cancellationToken);
        return run.Id;
    }

    private bool Tidy(ActiveRun run, string name)
    {
        var (intent, options, chosen, reasoning) = Path.GetExtension(name) switch
        {
            ".zip" when random.NextDouble() < 0.7 => ("Put an archive away", Archive, "unpack", "What is inside is easier to find unpacked"),
            ".zip" => ("Put an archive away", Archive, "keep", "It is old, and nobody asked for what is inside"),
            ".tmp" => ("Deal with a temporary file", Temporary, "delete", "Temporary files are not needed again"),
            ".jpg" => ("Put a picture away", Document, "pictures", "Its name ends in .jpg"),
            _ => ("Put a document away", Document, "documents", "Its name says that it is a document"),
        };
        try
        {
            run.DecideAndExecute(intent, [.. options.Select(o => o with { ActionParams = o.Id == chosen ? Json.From(new { file = name }) : o.ActionParams })], chosen, () => Do(chosen, name), reasoning);
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false; // recorded with its error; the agent goes on with the next file
        }
    }

    private string Do(string action, string name)
    {
        switch (action)
        {
            case "unpack":
                ZipFile.ExtractToDirectory(Path.Combine(folder, name), Path.Combine(folder, "unpacked", name));
                return "unpacked";
            case "delete":
                File.Delete(Path.Combine(folder, name));
                return "deleted";
            default:
                var target = action == "keep" ? "archives" : action;
                Directory.CreateDirectory(Path.Combine(folder, target));
                if (File.Exists(Path.Combine(folder, target, name))) throw new IOException($"The file '{name}' is in {target} already");
                File.Move(Path.Combine(folder, name), Path.Combine(folder, target, name));
                return $"moved to {target}";
        }
    }

    private void Place(string target, string name)
    {
        Directory.CreateDirectory(Path.Combine(folder, target));
        File.WriteAllText(Path.Combine(folder, target, name), "was here first");
    }

    private static readonly Option[] Archive =
    [
        new() { Id = "unpack", Description = "Unpack the archive", ActionType = "file", Pros = ["what is inside can be found"], Cons = ["fails on a damaged archive"], Confidence = 0.7 },
        new() { Id = "keep", Description = "Keep it packed in archives/", ActionType = "file", Confidence = 0.3 },
    ];

    private static readonly Option[] Document =
    [
        new() { Id = "documents", Description = "Move it to documents/", ActionType = "file" },
        new() { Id = "pictures", Description = "Move it to pictures/", ActionType = "file" },
    ];

    private static readonly Option[] Temporary =
    [
        new() { Id = "delete", Description = "Delete it", ActionType = "file", Confidence = 0.9 },
        new() { Id = "documents", Description = "Move it to documents/", ActionType = "file", Confidence = 0.1 },
    ];
}
