"use strict";
// The description of the API, drawn by Swagger UI; keys are given under Authorize and kept in this tab only.
const box = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: box.dataset.schema,
  domNode: box,
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  validatorUrl: null,
});
