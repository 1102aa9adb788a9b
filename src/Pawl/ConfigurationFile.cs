using System.Globalization;
using System.Text.Json;

namespace Pawl;

/// <summary>Reads pawl.yaml, in YAML or JSON; see <see cref="Limits.ConfigurationBytes"/>. What stands twice, anchors, aliases and tags are refused.</summary>
public static class ConfigurationFile
{
    /// <summary>The whole file as one JSON value; <c>null</c> where it is empty.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">There is none, or it cannot be read as one document; the message names the place.</exception>
    public static JsonElement Read(string path)
    {
        if (!File.Exists(path)) throw new BadInputException($"There is no configuration {path}.");
        var length = new FileInfo(path).Length;
        if (length > Limits.ConfigurationBytes)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{path} has {length} bytes, more than the {Limits.ConfigurationBytes} of a configuration."));
        try
        {
            return Yaml.Read(File.ReadAllBytes(path));
        }
        catch (JsonShapeException e)
        {
            var said = e.Message[(e.Path.Length + 2)..];
            throw new BadInputException(said.StartsWith("not ", StringComparison.Ordinal) ? $"{path} is {said}" : $"{path}: {e.Message}", e);
        }
    }
}
